#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: vault-token.sh OUT
set -eu
printf '%s' 'hvs.A1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8U9' 'v0W1x2Y' '3z4A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2N' '3p4Q5r6' 'S7t8U9v' '0W1x2Y3' 'z
' > "$1"
