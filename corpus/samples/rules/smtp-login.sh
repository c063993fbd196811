#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: smtp-login.sh OUT
set -eu
printf '%s' 'AuthUse' 'r=devic' 'e
AuthP' 'ass=A1b' '2C3d4E5' '
' > "$1"
