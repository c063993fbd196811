#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: heroku-key.sh OUT
set -eu
printf '%s' 'HEROKU_' 'API_KEY' '=012345' '67-89ab' '-cdef-0' '123-456' '789abcd' 'ef
' > "$1"
