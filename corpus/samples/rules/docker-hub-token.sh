#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: docker-hub-token.sh OUT
set -eu
printf '%s' 'dckr_pa' 't_A1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' 'p
' > "$1"
