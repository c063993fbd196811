#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: docker-registry-login.sh OUT
set -eu
printf '%s' '{"auths' '": {"re' 'gistry.' 'example' '.org": ' '{"auth"' ': "A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2=' '"}}}
' > "$1"
