#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: uci-cwmp-password.sh OUT
set -eu
printf '%s' 'config ' 'cwmp
  ' 'option ' 'acs_pas' 'sword '\''' 'A1b2C3d' '4E5'\''
' > "$1"
