#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: ppp-secret.sh OUT
set -eu
printf '%s' '# Secre' 'ts for ' 'authent' 'ication' ' using ' 'CHAP
# ' 'client ' 'server ' 'secret
' '"user@i' 'sp.net"' ' * "A1b' '2C3d4E5' '" *
' > "$1"
