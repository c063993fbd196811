#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: google-api-key.sh OUT
set -eu
printf 'key=%s%s\n' AIza AssaySampleNotAKey_AssaySampleNot_1 > "$1"
