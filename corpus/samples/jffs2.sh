#!/bin/sh
# A small JFFS2 image of a directory with files, links, a device and a long name. usage: jffs2.sh OUT [TREE] [mkfs.jffs2 options]
# TREE, when given, is kept: a directory of this name that holds what the image holds.
set -eu
out=$1
tree=${2:-$out.tree}
[ $# -lt 2 ] || shift
shift
mkdir -p "$tree/etc" "$tree/deep/er"
printf 'config lan\n' > "$tree/etc/config"
: > "$tree/empty"
i=0; while [ $i -lt 2000 ]; do printf 'line %d of a text that compresses well\n' $i; i=$((i + 1)); done > "$tree/etc/text"
head -c 9000 "$tree/etc/text" | cksum | cut -d' ' -f1 > "$tree/deep/er/number"
python3 -c 'import sys; x = 1
for i in range(20000):
    x = (x * 1103515245 + 12345) & 0x7fffffff
    sys.stdout.buffer.write(bytes([x >> 16 & 255]))' > "$tree/deep/noise"
ln -sf ../etc/config "$tree/deep/link"
ln -f "$tree/etc/config" "$tree/deep/hard"
printf 'x' > "$tree/$(printf 'n%.0s' $(seq 200))"
chmod 4755 "$tree/etc/text"
find "$tree" -exec touch -h -d @1700000000 {} +
mkfs.jffs2 -U -r "$tree" -o "$out" -e 0x10000 "$@"
[ "$tree" != "$out.tree" ] || rm -rf "$tree"
