#!/bin/sh
# Ubiquiti firmware with two partitions, from the published layout. usage: ubnt.sh OUT [signed|open]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
magic = b"OPEN" if variant == "open" else b"UBNT"
image = magic + field("XM.ar7240.v6.3.11.33396.230425.1742", 256)
image += struct.pack(">II", zlib.crc32(image), 0)
for index, (name, size, base) in enumerate([("kernel", 4000, 0x9F050000), ("rootfs", 7001, 0x9F150000)], 1):
    part = keep(name, content(name, size))
    record = b"PART" + field(name, 16) + bytes(12) + struct.pack(">IIIIII", 0x80002000, index, base, 0x80002000, size, 0x100000) + part
    image += record + struct.pack(">II", zlib.crc32(record), 0)
image += b"ENDS" + content("signature", 256) + bytes(4) if variant == "signed" else b"END." + struct.pack(">II", zlib.crc32(image), 0)
done(image)
PY
