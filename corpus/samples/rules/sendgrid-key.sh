#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: sendgrid-key.sh OUT
set -eu
printf '%s' 'SG.A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1.A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6S7t8U' '9v0W1x
' > "$1"
