#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: ssh2-private-key.sh OUT
set -eu
printf '%s' '---- BE' 'GIN SSH' '2 ENCRY' 'PTED PR' 'IVATE K' 'EY ----' '
x
' > "$1"
