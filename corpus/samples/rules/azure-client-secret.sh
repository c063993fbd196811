#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: azure-client-secret.sh OUT
set -eu
printf '%s' 'secret=' 'abc8Q~A' '1b2C3d4' 'E5f6G7h' '8J9k0L1' 'm2N3p4Q' '5r
' > "$1"
