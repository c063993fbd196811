#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: openvpn-static-key.sh OUT
set -eu
printf '%s' '-----BE' 'GIN Ope' 'nVPN St' 'atic ke' 'y V1---' '--
3456' '789abcd' 'ef01234' '56789ab' 'cdef012' '
' > "$1"
