#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: tencent-secret-id.sh OUT
set -eu
printf '%s' 'AKIDA1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6
Secre' 'tKey: A' '1b2C3d4' 'E5f6G7h' '8J9k0L1' 'm2N3p4Q' '5r6
' > "$1"
