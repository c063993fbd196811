#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: openai-key.sh OUT
set -eu
printf '%s' 'sk-A1b2' 'C3d4E5f' '6G7h8J9' 'k0T3Blb' 'kFJA1b2' 'C3d4E5f' '6G7h8J9' 'k0
' > "$1"
