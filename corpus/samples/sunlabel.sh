#!/bin/sh
# A disk with a Sun label and two partitions. usage: sunlabel.sh OUT
set -eu
PATH=$PATH:/sbin:/usr/sbin
python3 - "$1" <<'PY'
import struct, sys
heads, sectors, cylinders = 4, 16, 12
parts = [(1, 128, 2), (4, 192, 3), (0, heads * sectors * cylinders, 5)] + [(0, 0, 0)] * 5  # first cylinder, sectors, tag
image = bytearray(heads * sectors * cylinders * 512)
for n, (cylinder, count, tag) in enumerate(parts[:2]):
    text = b"".join(b"%d of partition %d\n" % (i, n) for i in range(6000))
    at = cylinder * heads * sectors * 512
    image[at:at + count * 512] = text[:count * 512].ljust(count * 512, b"\0")
label = bytearray(512)
label[0:23] = b"sample disk cyl 12 alt2"
struct.pack_into(">I8sH", label, 128, 1, b"vol", 8)
for n, (cylinder, count, tag) in enumerate(parts):
    struct.pack_into(">HH", label, 142 + 4 * n, tag, 0)
    struct.pack_into(">II", label, 444 + 8 * n, cylinder, count)
struct.pack_into(">I", label, 188, 0x600DDEEE)
struct.pack_into(">HHHHHHHH", label, 420, 5400, cylinders, 0, 0, 1, 0, 0, 0)
struct.pack_into(">HHHH", label, 432, cylinders, 2, heads, sectors)
struct.pack_into(">H", label, 508, 0xDABE)
total = 0
for word in struct.unpack(">255H", label[:510]):
    total ^= word
struct.pack_into(">H", label, 510, total)
image[:512] = label
open(sys.argv[1], "wb").write(image)
PY
