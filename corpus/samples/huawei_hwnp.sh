#!/bin/sh
# Huawei HWNP with a file and two partitions, from the published layout. usage: huawei_hwnp.sh OUT [old]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
items = [("file:/var/UpgradeCheck.xml", "UPGDCHECK", content("check", 2000)), ("flash:uboot", "UBOOT", content("uboot", 3000)),
         ("flash:rootfs", "ROOTFS", content("rootfs", 5000))]
products = field("120|130|140|141|150|", 256)
end = 36 + len(products) + 360 * len(items)
table, data = b"", b""
for i, (name, section, part) in enumerate(items):
    keep(name.split(":")[1].lstrip("/"), part)
    table += struct.pack("<IIII", i, zlib.crc32(part), end + len(data), len(part)) + field(name, 256) + field(section, 16) + field("V300R015C10", 64) + struct.pack("<II", 2, 0)
    data += part
rest = struct.pack("<IBBHII", len(items), 0, 0, len(products), 360, 0) + products + table
from_12 = struct.pack("<II", end - (36 if variant == "old" else 0), zlib.crc32(rest)) + rest + data
done(b"HWNP" + struct.pack(">I", 12 + len(from_12) - 76) + struct.pack("<I", zlib.crc32(from_12)) + from_12)
PY
