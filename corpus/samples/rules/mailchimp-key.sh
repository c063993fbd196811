#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: mailchimp-key.sh OUT
set -eu
printf '%s' '3456789' 'abcdef0' '1234567' '89abcde' 'f012-us' '12
' > "$1"
