#!/bin/sh
# An HP bundle with two packages, from the published layout. usage: hp_bdl.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
parts = [keep("package%d" % i, content("package%d" % i, size)) for i, size in enumerate((6000, 9000))]
at, table = 1321 + 16 * len(parts), b""
for part in parts:
    table += struct.pack("<QQ", at, len(part))
    at += len(part)
header = b"ibdl" + struct.pack("<HHI4xI12x", 1, 1, 1321, len(parts))
header += field("2208A", 256) + field("HP", 256) + field("LaserJet", 256) + bytes(9) + field("002.2208A", 256) + field("1", 256)
done(header + table + b"".join(parts))
PY
