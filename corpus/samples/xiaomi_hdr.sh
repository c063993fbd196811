#!/bin/sh
# Xiaomi router firmware with two blobs, from the published layout. usage: xiaomi_hdr.sh OUT [hdr2]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
size = 80 if variant == "hdr2" else 48
offsets, body = [], b""
for name, length, kind in [("xiaoqiang_version", 300, 0x10), ("mtd3.bin", 9000, 4), ("uboot.bin", 2001, 1)]:
    part = keep(name, content(name, length))
    offsets.append(size + len(body))
    body += struct.pack("<IIIHH", 0xBABE, 0x100000, length, kind, 0) + field(name, 32) + part
    body += bytes(-len(body) % 4)
signature = size + len(body)
table = struct.pack("<8I", *(offsets + [0] * (8 - len(offsets))))
middle = struct.pack("<I", 0) + field("RA70", 8) + field("EU", 8) + bytes(16) if variant == "hdr2" else struct.pack("<HH", 0, 0x0D)
behind = middle + table + body + struct.pack("<I12x", 256) + content("signature", 255) + b"\x01"
done((b"HDR2" if variant == "hdr2" else b"HDR1") + struct.pack("<II", signature, ~zlib.crc32(behind) & 0xFFFFFFFF) + behind)
PY
