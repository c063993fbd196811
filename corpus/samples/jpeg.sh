#!/bin/sh
# A grey JPEG of 8 by 8 points with a comment, a restart interval and entropy-coded bytes that hold FF 00. usage: jpeg.sh OUT
set -eu
python3 - "$1" <<'PY'
import struct, sys
def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
d = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xFE, b"sample \xff\xd9 inside a comment")
d += segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0")
d += segment(0xC4, b"\0" + b"\1" + b"\0" * 15 + b"\0") + segment(0xC4, b"\x10" + b"\1" + b"\0" * 15 + b"\0")
d += segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f\xff\0\x12\xff\xd0\x3f" + b"\xff\xd9"
open(sys.argv[1], "wb").write(d)
PY
