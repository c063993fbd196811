#!/bin/sh
# An HP package with two files, from the published layout. usage: hp_ipkg.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
files = [(name, keep(name, content(name, size))) for name, size in (("kernel.bin", 7000), ("rootfs.cramfs", 9000))]
at, table = 1056 + 276 * len(files), b""
for name, part in files:
    table += field(name, 256) + struct.pack("<QQI", at, len(part), zlib.crc32(part))
    at += len(part)
header = b"ipkg" + struct.pack("<HHI4xI8x4x", 1, 3, 1056, len(files)) + field("002.2208A", 256) + field("LaserJet", 256) + field("system", 256) + field("0" * 64, 256)
done(header + table + b"".join(part for _, part in files))
PY
