#!/bin/sh
# An ARM zImage around a compressed stream. usage: zimage.sh OUT [gzip|xz|zstd|lz4|lzop|lzma] [little|big]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
yes 'decompressed kernel' | head -c 60000 > "$work/kernel"
sed -n '1,200p' "$0" >> "$work/kernel"
case "${2:-gzip}" in
gzip)  gzip -n9 < "$work/kernel" ;;
xz)    xz --check=crc32 < "$work/kernel" ;;
zstd)  zstd -q -19 < "$work/kernel" ;;
lz4)   lz4 -l -9 -q < "$work/kernel" ;;
lzop)  lzop -9 -c < "$work/kernel" ;;
lzma)  xz --format=lzma < "$work/kernel" ;;
esac > "$work/packed"
python3 - "$1" "$work/packed" "${2:-gzip}" "${3:-little}" <<'PY'
import struct, sys
order = "<" if sys.argv[4] == "little" else ">"
payload = open(sys.argv[2], "rb").read()
if sys.argv[3] != "gzip":
    payload += struct.pack(order + "I", 60000) # where a gzip stream has its size
code = struct.pack(order + "I", 0xE1A00001) * 1000
table = 0x3C + len(code)
piggy = table + 16
total = piggy + len(payload) + 64 + 3 & ~3
head = struct.pack(order + "9I", *[0xE1A00000] * 8, 0xEA000005) + struct.pack(order + "6I", 0x016F2818, 0, total, 0x04030201, 0x45454545, table)
tail = struct.pack(order + "4I", 3, 0x5A534C4B, piggy + len(payload) - 4, 0x1000)
d = head + code + tail + payload
open(sys.argv[1], "wb").write(d + b"\0" * (total - len(d)))
PY
