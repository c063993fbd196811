#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: npmrc-token.sh OUT
set -eu
printf '%s' '//regis' 'try.exa' 'mple.or' 'g/:_aut' 'hToken=' 'A1b2C3d' '4E5f6G7' 'h8J9k0L' '1m2N3p4' 'Q5r6S7t' '8
' > "$1"
