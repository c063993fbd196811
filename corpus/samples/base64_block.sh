#!/bin/sh
# An archive as base64, made by base64. usage: base64_block.sh OUT
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -c 'import random, sys; open(sys.argv[1], "wb").write(random.Random(5).randbytes(3000))' "$dir/payload"
gzip -n9 < "$dir/payload" | base64 > "$1"
