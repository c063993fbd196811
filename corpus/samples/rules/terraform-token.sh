#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: terraform-token.sh OUT
set -eu
printf '%s' 'A1b2C3d' '4E5f6G7' '.atlasv' '1.A1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' 'p4Q5r6S' '7t8U9v0' 'W1x2Y3z' '4A1b2C3' 'd4E5f6G' '7h8J9k
' > "$1"
