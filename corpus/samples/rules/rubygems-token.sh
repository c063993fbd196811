#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: rubygems-token.sh OUT
set -eu
printf '%s' 'rubygem' 's_34567' '89abcde' 'f012345' '6789abc' 'def0123' '456789a' 'bcdef01' '2
' > "$1"
