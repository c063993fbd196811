#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: google-oauth-secret.sh OUT
set -eu
printf '%s' 'GOCSPX-' 'A1b2C3d' '4E5f6G7' 'h8J9k0L' '1m2N3p4' '
' > "$1"
