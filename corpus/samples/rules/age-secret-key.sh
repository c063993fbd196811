#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: age-secret-key.sh OUT
set -eu
printf '%s' 'AGE-SEC' 'RET-KEY' '-1A1B2C' '3D4E5F6' 'G7H8J9K' '0L1M2N3' 'P4Q5R6S' '7T8U9V0' 'W1X2Y3Z' '4A1B2C3' 'D4E5
' > "$1"
