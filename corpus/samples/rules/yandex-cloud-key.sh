#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: yandex-cloud-key.sh OUT
set -eu
printf '%s' 'AQVNA1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8
' > "$1"
