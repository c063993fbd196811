#!/bin/sh
# A bzImage of boot protocol 2.15 around a compressed stream. usage: bzimage.sh OUT [gzip|xz|zstd|bzip2|lz4|lzop|lzma]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
yes 'decompressed kernel' | head -c 60000 > "$work/kernel"
sed -n '1,200p' "$0" >> "$work/kernel"
case "${2:-gzip}" in
gzip)  gzip -n9 < "$work/kernel" ;;
xz)    xz --check=crc32 < "$work/kernel" ;;
zstd)  zstd -q -19 < "$work/kernel" ;;
bzip2) bzip2 -9 < "$work/kernel" ;;
lz4)   lz4 -l -9 -q < "$work/kernel" ;;
lzop)  lzop -9 -c < "$work/kernel" ;;
lzma)  xz --format=lzma < "$work/kernel" ;;
esac > "$work/packed"
python3 - "$1" "$work/packed" "${2:-gzip}" <<'PY'
import struct, sys
payload = open(sys.argv[2], "rb").read()
if sys.argv[3] != "gzip":
    payload += struct.pack("<I", 60000)
start, sectors = 300, 3
code = b"\x90" * start + payload
code += b"\0" * (-len(code) % 16)
d = bytearray((sectors + 1) * 512)
d[0x1F1] = sectors
struct.pack_into("<I", d, 0x1F4, len(code) // 16)
d[0x1FE:0x200] = b"\x55\xAA"
d[0x202:0x206] = b"HdrS"
struct.pack_into("<H", d, 0x206, 0x20F)
struct.pack_into("<H", d, 0x20E, 0x300 - 0x200)
struct.pack_into("<II", d, 0x248, start, len(payload))
text = b"6.1.0-sample (builder@host.example) #1 SMP Thu Jan 1 00:00:00 UTC 2026\0"
d[0x300:0x300 + len(text)] = text
open(sys.argv[1], "wb").write(d + code)
PY
