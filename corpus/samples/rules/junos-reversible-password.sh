#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: junos-reversible-password.sh OUT
set -eu
printf '%s' 'secret ' '"$9$A1b' '2C3d4E5' 'f6G7h8J' '9k0";
' > "$1"
