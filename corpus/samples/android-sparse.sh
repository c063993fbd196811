#!/bin/sh
# A sparse image by img2simg; the plain one is kept in OUT.raw. usage: android-sparse.sh OUT [plain|checksum|fill]
#   checksum: with a CRC-32 of all; fill: a chunk that repeats a word (img2simg makes none here)
set -eu
out=$1 variant=${2:-plain}
sh "$(dirname "$0")/disk.sh" "$out.raw"
case $variant in
plain) img2simg "$out.raw" "$out" ;;
checksum | fill)
    python3 - "$out" "$variant" <<'PY'
import struct, sys, zlib
out, variant = sys.argv[1:]
raw, block = bytearray(open(out + ".raw", "rb").read()), 4096
if variant == "fill":
    raw[200 * block:240 * block] = b"\xDE\xAD\xBE\xEF" * (40 * block // 4)
    open(out + ".raw", "wb").write(raw)
chunks, n, count = b"", 0, len(raw) // block
def kind(n):
    b = bytes(raw[n * block:(n + 1) * block])
    return (0xCAC3, b"") if not any(b) else (0xCAC2, b[:4]) if b == b[:4] * (block // 4) else (0xCAC1, b"")
parts = []
while n < count:
    k, word = kind(n)
    m = n + 1
    while m < count and kind(m) == (k, word):
        m += 1
    data = word if k == 0xCAC2 else bytes(raw[n * block:m * block]) if k == 0xCAC1 else b""
    parts.append(struct.pack("<HHII", k, 0, m - n, 12 + len(data)) + data)
    n = m
parts.append(struct.pack("<HHIII", 0xCAC4, 0, 0, 16, zlib.crc32(raw)))
open(out, "wb").write(struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, 28, 12, block, count, len(parts), zlib.crc32(raw)) + b"".join(parts))
PY
    ;;
*) echo "android-sparse.sh: no such variant: $variant" >&2; exit 2 ;;
esac
