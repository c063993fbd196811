#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: database-address-with-password.sh OUT
set -eu
printf '%s' 'DB=post' 'gresql:' '//app:A' '1b2C3d4' 'E5f6@da' 'tabase.' 'vendor.' 'net:543' '2/app
' > "$1"
