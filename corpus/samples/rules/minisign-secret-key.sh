#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: minisign-secret-key.sh OUT
set -eu
printf '%s' 'untrust' 'ed comm' 'ent: si' 'gnify s' 'ecret k' 'ey
RWA1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6S7t8U' '9v0W1x2' 'Y3z4A1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' 'N3p4Q5r' '6S7t8U9' 'v0W1x2Y' '3z4A1b2' 'C3d4E5f' '6G7h8J9' 'k0L1m2
' > "$1"
