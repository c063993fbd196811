#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: sentry-token.sh OUT
set -eu
printf '%s' 'sntrys_' 'A1b2C3d' '4E5f6G7' 'h8J9k0L' '1m2N3p4' 'Q5r6S7t' '8U9v0W1' 'x2Y3z4A' '1b2C3d4' 'E5f6G7h' '8
' > "$1"
