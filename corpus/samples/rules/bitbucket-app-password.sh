#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: bitbucket-app-password.sh OUT
set -eu
printf '%s' 'ATBBA1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' '0123456' '7
' > "$1"
