#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: twilio-key.sh OUT
set -eu
printf '%s' 'AC34567' '89abcde' 'f012345' '6789abc' 'def012 ' 'SK34567' '89abcde' 'f012345' '6789abc' 'def012
' > "$1"
