#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: address-with-password.sh OUT
set -eu
printf '%s' 'url=ftp' '://devi' 'ce:A1b2' 'C3d4E5@' 'update.' 'vendor-' 'site.ne' 't/fw
' > "$1"
