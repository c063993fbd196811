#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: npm-token.sh OUT
set -eu
printf '%s' '//regis' 'try: np' 'm_A1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' 'p4Q5r6S' '7t8
' > "$1"
