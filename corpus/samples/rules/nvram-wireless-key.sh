#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: nvram-wireless-key.sh OUT
set -eu
printf '%s' 'wl0_wpa' '_psk=A1' 'b2C3d4E' '5
os_na' 'me=linu' 'x
' > "$1"
