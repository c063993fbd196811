#!/bin/sh
# An Ambarella partition, from the published layout. usage: ambarella_part.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
part = keep("data", content("ambarella", 6000))
head = struct.pack("<IIIIII", zlib.crc32(part), 1 << 16 | 4, 2023 << 16 | 5 << 8 | 31, len(part), 0xC0100000, 0) + bytes.fromhex("90EB24A3")
done(head.ljust(256, b"\0") + part)
PY
