#!/bin/sh
# Files in text, made by uuencode of sharutils. usage: uuencode.sh OUT [one|base64|two]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -c 'import random, sys; open(sys.argv[1], "wb").write(random.Random(3).randbytes(5000) + bytes(100))' "$dir/tool.bin"
seq 1 200 > "$dir/list"
chmod 755 "$dir/tool.bin"
chmod 640 "$dir/list"
case ${2:-one} in
one) uuencode "$dir/tool.bin" tool.bin ;;
base64) uuencode -m "$dir/tool.bin" tool.bin ;;
two) uuencode "$dir/tool.bin" tool.bin; echo; uuencode "$dir/list" list ;;
esac > "$1"
