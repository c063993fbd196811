#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: nvram-http-password.sh OUT
set -eu
printf '%s' 'http_pa' 'sswd=A1' 'b2C3d4
' 'lan_ipa' 'ddr=192' '.168.1.' '1
wl0_s' 'sid=hom' 'e
' > "$1"
