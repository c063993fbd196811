#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: azure-shared-access-signature.sh OUT
set -eu
printf '%s' 'HostNam' 'e=assay' '.azure-' 'devices' '.net;Sh' 'aredAcc' 'essKeyN' 'ame=own' 'er;Shar' 'edAcces' 'sKey=A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2N3p4Q5' 'r6S7t8U' '9v0W1x=' '
' > "$1"
