#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: snmp-v3-user.sh OUT
set -eu
printf '%s' 'createU' 'ser ope' 'rator S' 'HA "A1b' '2C3d4E5' 'f6" AES' '
' > "$1"
