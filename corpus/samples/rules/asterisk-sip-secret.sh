#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: asterisk-sip-secret.sh OUT
set -eu
printf '%s' '[trunk]' '
type=p' 'eer
sec' 'ret=A1b' '2C3d4E5' 'f6
' > "$1"
