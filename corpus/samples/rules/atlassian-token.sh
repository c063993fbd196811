#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: atlassian-token.sh OUT
set -eu
printf '%s' 'ATATT3x' 'FfGF0A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6S7t8U' '9v0W1x2' 'Y3z4A1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8U9' 'v0W1x2Y' '3z4A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2N' '3p4Q5r6' 'S7t8U9v' '0W1x2Y3' 'z4A1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' '
' > "$1"
