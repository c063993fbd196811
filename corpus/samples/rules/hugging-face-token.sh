#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: hugging-face-token.sh OUT
set -eu
printf '%s' 'hf_AbCd' 'EfGhIjK' 'lMnOpQr' 'StUvWxY' 'zAbCdEf' 'Gh
' > "$1"
