#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: nvram-provider-login.sh OUT
set -eu
printf '%s' 'wan_ppp' 'oe_pass' 'wd=A1b2' 'C3d4
bo' 'ardtype' '=0x1
' > "$1"
