#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: mqtt-login.sh OUT
set -eu
printf '%s' 'address' ' broker' '.vendor' '.net
re' 'mote_us' 'ername ' 'gateway' '
remote' '_passwo' 'rd A1b2' 'C3d4E5
' > "$1"
