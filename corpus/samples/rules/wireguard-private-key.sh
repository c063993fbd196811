#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: wireguard-private-key.sh OUT
set -eu
printf '%s' '[Interf' 'ace]
Pr' 'ivateKe' 'y = A1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8U9' 'v0W1x=
' > "$1"
