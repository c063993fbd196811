#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: wpa-supplicant-passphrase.sh OUT
set -eu
printf '%s' 'network' '={
  ss' 'id="pla' 'nt"
  p' 'sk="A1b' '2C3d4E5' 'f6"
}
' > "$1"
