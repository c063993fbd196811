#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: rails-secret-key.sh OUT
set -eu
printf '%s' 'secret_' 'key_bas' 'e: 0123' '456789a' 'bcdef01' '2345678' '9abcdef' '0123456' '789abcd' 'ef01234' '56789ab' 'cdef012' '3456789' 'abcdef0' '1234567' '89abcde' 'f012345' '6789abc' 'def0123' '456789a' 'bcdef
' > "$1"
