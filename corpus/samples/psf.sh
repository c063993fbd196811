#!/bin/sh
# A console font with a table of characters. usage: psf.sh OUT [2|1]
set -eu
python3 - "$1" "${2:-2}" <<'PY'
import struct, sys
if sys.argv[2] == "1":
    d = b"\x36\x04" + bytes([2, 8]) + bytes(i & 255 for i in range(256 * 8)) + b"".join(struct.pack("<HH", i + 32, 0xFFFF) for i in range(256))
else:
    d = b"\x72\xb5\x4a\x86" + struct.pack("<7I", 0, 32, 1, 64, 8, 8, 8) + bytes(range(256)) * 2 + b"".join(chr(i + 0xA0).encode() + b"\xff" for i in range(64))
open(sys.argv[1], "wb").write(d)
PY
