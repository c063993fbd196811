#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: android-keystore-password.sh OUT
set -eu
printf '%s' 'storeFi' 'le file' '("k.jks' '")
stor' 'ePasswo' 'rd "A1b' '2C3d4E5' '"
' > "$1"
