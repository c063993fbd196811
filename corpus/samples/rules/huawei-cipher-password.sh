#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: huawei-cipher-password.sh OUT
set -eu
printf '%s' 'local-u' 'ser op ' 'passwor' 'd irrev' 'ersible' '-cipher' ' %^%#A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2
' > "$1"
