#!/bin/sh
# gzip of what words.sh writes. usage: gzip.sh OUT [members | plain | bomb]
#   members  two members; the first with name, comment, extra field and header CRC (the default)
#   plain    one member without a name, by gzip
#   bomb     64 MiB of zeros
set -eu
here=$(dirname "$0") out=$1 kind=${2:-members}
case $kind in
bomb) head -c 67108864 /dev/zero | gzip -9n >"$out"; exit ;;
esac
sh "$here/words.sh" "$out.text"
case $kind in
plain) gzip -9n <"$out.text" >"$out" ;;
members)
    python3 - "$out.text" "$out" <<'PY'
import struct, sys, zlib
text = open(sys.argv[1], "rb").read()
def member(data, flags, extra):
    head = b"\x1f\x8b\x08" + bytes([flags]) + struct.pack("<I", 1234567890) + b"\x02\x03" + extra
    if flags & 2:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + deflate.compress(data) + deflate.flush() + struct.pack("<II", zlib.crc32(data), len(data))
first = member(text[:8000], 2 | 4 | 8 | 16, struct.pack("<H", 6) + b"AS\x02\x00\x01\x02" + b"some/where/notes.txt\0" + b"a comment\0")
open(sys.argv[2], "wb").write(first + member(text[8000:], 0, b""))
PY
    ;;
esac
rm -f "$out.text"
