#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: braintree-token.sh OUT
set -eu
printf '%s' 'access_' 'token$p' 'roducti' 'on$abcd' 'efgh123' '45678$3' '456789a' 'bcdef01' '2345678' '9abcdef' '012
' > "$1"
