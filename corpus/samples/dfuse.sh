#!/bin/sh
# A DfuSe file of two targets, three elements. usage: dfuse.sh OUT
# Debian has no maker: built from the published layout; dfu-suffix checks the end.
set -eu
python3 - "$1" <<'PY'
import struct, sys, zlib
def element(address, data):
    return struct.pack("<II", address, len(data)) + data
def target(setting, name, elements):
    data = b"".join(elements)
    return b"Target" + struct.pack("<BI255sII", setting, 1, name, len(data), len(elements)) + data
text = (b"image for an upgrade\n" * 200)[:4000]
body = target(0, b"Internal/Flash", [element(0x08000000, text), element(0x08010000, text[:999])]) + target(1, b"", [element(0x90000000, bytes(range(256)))])
image = b"DfuSe" + struct.pack("<BIB", 1, 11 + len(body), 2) + body
suffix = struct.pack("<HHHH3sB", 0x0200, 0xDF11, 0x0483, 0x011A, b"UFD", 16)
open(sys.argv[1], "wb").write(image + suffix + struct.pack("<I", zlib.crc32(image + suffix) ^ 0xFFFFFFFF))
PY
