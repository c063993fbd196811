#!/bin/sh
# LZMA-alone of what words.sh writes. usage: lzma.sh OUT [PROPERTIES] with PROPERTIES as in xz --lzma1=…; "sized": the size is in the header
set -eu
here=$(dirname "$0") out=$1 properties=${2:-lc=3,lp=0,pb=2,dict=64KiB}
case $properties in
sized) properties=lc=3,lp=0,pb=2,dict=64KiB sized=1 ;;
*) sized= ;;
esac
sh "$here/words.sh" "$out.text"
xz --format=lzma "--lzma1=$properties" <"$out.text" >"$out"
if [ -n "$sized" ]; then
    python3 - "$out" "$out.text" <<'PY'
import os, struct, sys
with open(sys.argv[1], "r+b") as file:
    file.seek(5)
    file.write(struct.pack("<Q", os.path.getsize(sys.argv[2])))
PY
fi
rm -f "$out.text"
