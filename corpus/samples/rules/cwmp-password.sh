#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: cwmp-password.sh OUT
set -eu
printf '%s' 'Interne' 'tGatewa' 'yDevice' '.Manage' 'mentSer' 'ver.Pas' 'sword=A' '1b2C3d4' 'E5
' > "$1"
