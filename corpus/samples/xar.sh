#!/bin/sh
# A small xar. usage: xar.sh OUT [gzip|none|bzip2|xz|entity|two-types]
set -eu
out=$1 variant=${2:-gzip}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/etc" "$work/tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$work/tree/etc/passwd"
: > "$work/tree/etc/empty"
i=0; while [ $i -lt 200 ]; do echo "line $i of a text that packs well"; i=$((i + 1)); done > "$work/tree/bin/tool"
ln -s tool "$work/tree/bin/link"
ln "$work/tree/bin/tool" "$work/tree/bin/tool-again"
printf 'coffee\n' > "$work/tree/etc/caf$(printf '\303\251')"
chmod 4755 "$work/tree/bin/tool"; chmod 600 "$work/tree/etc/passwd"
find "$work/tree" -exec touch -h -d @1700000000 {} +
case $variant in
none|bzip2|xz) compression=$variant ;;
*) compression=gzip ;;
esac
export LC_ALL=C.UTF-8
(cd "$work/tree" && bsdtar --format xar --options "xar:compression=$compression" --uid 0 --gid 0 --uname root --gname root -n -cf "$work/out.xar" bin bin/tool bin/tool-again bin/link etc etc/empty etc/passwd etc/caf*)
# Times of access and of creation, inode numbers: nothing that is the same twice. And what some variants do to the table.
python3 - "$work/out.xar" "$variant" <<'PY'
import hashlib, re, struct, sys, zlib
path, variant = sys.argv[1:3]
whole = open(path, "rb").read()
magic, size, version, packed, unpacked, kind = struct.unpack_from(">4sHHQQI", whole)
table = zlib.decompress(whole[28:28 + packed]).decode()
heap = bytearray(whole[28 + packed:])
table = re.sub(r"(<(atime|ctime|creation-time)>)[^<]*", r"\g<1>2023-11-14T22:13:20Z", table)
table = re.sub(r"<(inode|deviceno)>[^<]*</\1>", "", table)
if variant == "entity":
    table = table.replace("<xar>", '<!DOCTYPE xar [<!ENTITY leak SYSTEM "file:///etc/hostname">]>\n<xar>', 1).replace("<name>passwd</name>", "<name>&leak;</name>")
if variant == "two-types":
    table = re.sub(r"(<type link=[^>]*>hardlink</type>)", r"\1\1", table)
# bsdtar leaves a few bytes of the packed table behind the heap.
ends = [int(o) + int(l) for l, o in re.findall(r"<length>(\d+)</length>\s*<offset>(\d+)</offset>", table)]
del heap[max(ends + [20]):]
again = zlib.compress(table.encode(), 9)
heap[:20] = hashlib.sha1(again).digest()
open(path, "wb").write(struct.pack(">4sHHQQI", magic, size, version, len(again), len(table.encode()), kind) + again + bytes(heap))
PY
mv "$work/out.xar" "$out"
