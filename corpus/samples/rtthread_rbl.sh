#!/bin/sh
# An RT-Thread over-the-air package, from the published layout. usage: rtthread_rbl.sh OUT [gzip|aes|quicklz]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import gzip, struct, zlib
from parts import *
raw = content("app", 8000)
package = gzip.compress(raw, 9, mtime=0) if variant == "gzip" else raw
keep("app", package)
algorithm = {"": 0, "gzip": 0x100, "aes": 0x002, "quicklz": 0x200}[variant]
fnv = 0x811C9DC5
for byte in raw:
    fnv = (fnv ^ byte) * 0x01000193 & 0xFFFFFFFF
header = b"RBL\0" + struct.pack("<II", algorithm, 1700000000) + field("app", 16) + field("1.4.2", 24) + field("0" * 23, 24)
header += struct.pack("<IIII", zlib.crc32(package), fnv, len(raw), len(package))
done(header + struct.pack("<I", zlib.crc32(header)) + package)
PY
