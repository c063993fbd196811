#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: firebase-messaging-key.sh OUT
set -eu
printf '%s' 'AAAAA1b' '2C3d:AP' 'A91bA1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8U9' 'v0W1x2Y' '3z4A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2N' '3p4Q5r6' 'S7t8U9v' '0W1x2Y3' 'z4A1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' 'p4Q5r6S' '7t8U9
' > "$1"
