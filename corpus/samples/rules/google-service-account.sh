#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: google-service-account.sh OUT
set -eu
printf '%s' '{ "type' '": "ser' 'vice_ac' 'count",' ' "priva' 'te_key_' 'id": "3' '456789a' 'bcdef01' '2345678' '9abcdef' '0123456' '789a" }' '
' > "$1"
