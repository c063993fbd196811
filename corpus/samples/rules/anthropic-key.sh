#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: anthropic-key.sh OUT
set -eu
printf '%s' 'sk-ant-' 'api03-A' '1b2C3d4' 'E5f6G7h' '8J9k0L1' 'm2N3p4Q' '5r6S7t8' 'U9v0W1x' '2Y3z4A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6S7t8U' '9v0W1x2' 'Y
' > "$1"
