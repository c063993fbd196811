#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: cisco-enable-secret.sh OUT
set -eu
printf '%s' 'enable ' 'secret ' '5 $1$ab' 'cd$A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1
' > "$1"
