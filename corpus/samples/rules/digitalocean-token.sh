#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: digitalocean-token.sh OUT
set -eu
printf '%s' 'dop_v1_' '3456789' 'abcdef0' '1234567' '89abcde' 'f012345' '6789abc' 'def0123' '456789a' 'bcdef01' '2
' > "$1"
