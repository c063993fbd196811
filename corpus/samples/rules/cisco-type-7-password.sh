#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: cisco-type-7-password.sh OUT
set -eu
printf '%s' 'usernam' 'e op pa' 'ssword ' '7 08224' '55D0A16' '
' > "$1"
