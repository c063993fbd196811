#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: ipsec-shared-secret.sh OUT
set -eu
printf '%s' '%any ga' 'teway.v' 'endor.n' 'et : PS' 'K "A1b2' 'C3d4E5f' '6G7h8"
' > "$1"
