#!/bin/sh
# A small 7z. usage: 7z.sh OUT [lzma2|lzma|copy|bcj2|ppmd|bzip2|deflate|blocks|plain-header|encrypted|encrypted-header] [TREE]
set -eu
out=$1 variant=${2:-lzma2} keep=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${keep:-$work/tree}
mkdir -p "$tree/etc" "$tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$tree/etc/passwd"
: > "$tree/etc/empty"
i=0; while [ $i -lt 200 ]; do echo "line $i of a text that packs well"; i=$((i + 1)); done > "$tree/bin/tool"
ln -sf tool "$tree/bin/link"
printf 'coffee\n' > "$tree/etc/caf$(printf '\303\251')"
chmod 755 "$tree/bin/tool"; chmod 644 "$tree/etc/"*
find "$tree" -exec touch -h -d @1700000000 {} +
pack() { (cd "$tree" && LC_ALL=C.UTF-8 7z a -bso0 -bsp0 -mmt=1 -mtc=off -mta=off -snl "$@" "$work/out.7z" bin etc); }
case $variant in
lzma2) pack -m0=LZMA2:d=64k ;;
lzma) pack -m0=LZMA:d=64k ;;
copy) pack -m0=Copy ;;
bcj2) head -c 20000 /usr/bin/env > "$tree/bin/code"; touch -d @1700000000 "$tree/bin/code" "$tree/bin"; pack -m0=BCJ2 -m1=LZMA:d=64k -m2=LZMA:d=64k -m3=LZMA:d=64k -mb0:1 -mb0s1:2 -mb0s2:3 ;;
ppmd) pack -m0=PPMd:mem=1m ;;
bzip2) pack -m0=BZip2 ;;
deflate) pack -m0=Deflate ;;
blocks) pack -m0=LZMA:d=64k -ms=off ;;
plain-header) pack -m0=LZMA:d=64k -mhc=off ;;
encrypted) pack -psecret ;;
encrypted-header) pack -psecret -mhe=on ;;
*) echo "7z.sh: no variant $variant" >&2; exit 1 ;;
esac
mv "$work/out.7z" "$out"
