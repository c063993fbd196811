#!/bin/sh
# A Reolink PAK with three sections, one of them empty, from the published layout. usage: reolink_pak.sh OUT [wide]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
wide = variant == "wide"
sections = [("uboot", 3000), ("", 0), ("fs", 9001)]
at = (24 if wide else 12) + len(sections) * ((72 if wide else 64) + 76)
table, mtd, data = b"", b"", b""
for name, size in sections:
    part = keep(name, content(name, size)) if size else b""
    table += field(name, 32) + field("v1.0.0.442" if name else "", 24) + struct.pack("<QQ" if wide else "<II", at + len(data), size)
    mtd += field(name, 32) + struct.pack("<I", 0) + field("/dev/mtd1", 32) + struct.pack("<II", 0, 0x100000)
    data += part
crc = zlib.crc32(table, zlib.crc32(b"\2\0\0\0", zlib.crc32(data, 0xFFFFFFFF))) ^ 0xFFFFFFFF
done(struct.pack("<QQQ" if wide else "<III", 0x32725913, crc, 0x2302) + table + mtd + data)
PY
