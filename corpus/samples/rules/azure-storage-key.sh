#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: azure-storage-key.sh OUT
set -eu
printf '%s' 'Account' 'Name=as' 'saysamp' 'le;Acco' 'untKey=' 'A1b2C3d' '4E5f6G7' 'h8J9k0L' '1m2N3p4' 'Q5r6S7t' '8U9v0W1' 'x2Y3z4A' '1b2C3d4' 'E5f6G7h' '8J9k0L1' 'm2N3p4Q' '5r6S7t8' 'U9==
' > "$1"
