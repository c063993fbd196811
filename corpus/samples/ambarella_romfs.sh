#!/bin/sh
# An Ambarella ROMFS with three files, from the published layout. usage: ambarella_romfs.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
names = [("orccode.bin", 9000), ("bmp/logo.bmp", 3000), ("empty", 0)]
table, data, at = b"", b"", 4096
for name, size in names:
    part = keep(name, content(name, size))
    table += field(name, 116) + struct.pack("<II", at + len(data), size) + bytes.fromhex("76AB8723")
    data += part + b"\xff" * (-len(part) % 2048)
done((struct.pack("<I", len(names)) + bytes.fromhex("8A32FC66")).ljust(2048, b"\xff") + table.ljust(2048, b"\xff") + data)
PY
