#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: alibaba-access-key.sh OUT
set -eu
printf '%s' 'LTAIA1b' '2C3d4E5' 'f6G7h8
' 'accessK' 'eySecre' 't: A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2N' '3p4Q5
' > "$1"
