#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: pypi-token.sh OUT
set -eu
printf '%s' 'pypi-Ag' 'EIcHlwa' 'S5vcmcA' '1b2C3d4' 'E5f6G7h' '8J9k0L1' 'm2N3p4Q' '5r6S7t8' 'U9v0W1x' '2Y3z4A1' 'b2C3d4E' '5f6
' > "$1"
