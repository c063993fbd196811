#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: hostapd-passphrase.sh OUT
set -eu
printf '%s' 'ssid=pl' 'ant
wpa' '_passph' 'rase=A1' 'b2C3d4E' '5f6
' > "$1"
