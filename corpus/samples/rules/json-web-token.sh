#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: json-web-token.sh OUT
set -eu
printf '%s' 'token=e' 'yJhbGci' 'OiA1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2.e' 'yJA1b2C' '3d4E5f6' 'G7h8J9k' '0L1m2N3' 'p4Q5r6S' '7t8U9v0' '.A1b2C3' 'd4E5f6G' '7h8J9k0' 'L1m2N3p' '4Q5r6S7' 't8U9v0W' '1x
' > "$1"
