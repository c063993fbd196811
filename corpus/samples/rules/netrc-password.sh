#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: netrc-password.sh OUT
set -eu
printf '%s' 'machine' ' update' '.vendor' '.net lo' 'gin dev' 'ice pas' 'sword A' '1b2C3d4' 'E5
' > "$1"
