#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: github-token.sh OUT
set -eu
printf 'token=%s_%s\n' ghp AssaySampleNotATokenAssaySampleNotA1 > "$1"
