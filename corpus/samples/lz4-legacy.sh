#!/bin/sh
# The LZ4 format of Linux kernels. usage: lz4-legacy.sh OUT [BYTES of words.sh]
set -eu
sh "$(dirname "$0")/words.sh" "$1.text" "${2:-12000}"
lz4 -q -l -9 <"$1.text" >"$1"
rm -f "$1.text"
