#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: discord-webhook.sh OUT
set -eu
printf '%s' 'https:/' '/discor' 'd.com/a' 'pi/webh' 'ooks/12' '3456789' '0123456' '78/A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2N' '3p4Q5r6' 'S7t8U9v' '0W1x2Y3' 'z4A1b2C' '3d4E5f6' 'G7h8J9k' '0
' > "$1"
