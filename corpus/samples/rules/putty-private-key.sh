#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: putty-private-key.sh OUT
set -eu
printf '%s' 'PuTTY-U' 'ser-Key' '-File-2' ': ssh-r' 'sa
Encr' 'yption:' ' none
C' 'omment:' ' x
' > "$1"
