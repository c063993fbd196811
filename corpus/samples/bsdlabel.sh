#!/bin/sh
# A slice with a BSD disklabel, partitions a, b, d (c is the slice). usage: bsdlabel.sh OUT [le|be] [ABSOLUTE]
#   ABSOLUTE: the sector at which the slice begins on its disk, from which the label's offsets count (default 0)
set -eu
python3 - "$1" "${2:-le}" "${3:-0}" <<'PY'
import struct, sys
order, base = "<" if sys.argv[2] == "le" else ">", int(sys.argv[3])
parts = [(64, 16, 7), (32, 88, 1), (256, 0, 0), (100, 130, 7)]  # size, offset, type
image = bytearray(256 * 512)
for n, (size, offset, kind) in enumerate(parts):
    if n != 2:
        text = b"".join(b"%d of partition %d\n" % (i, n) for i in range(2000))
        image[offset * 512:(offset + size) * 512] = text[:size * 512].ljust(size * 512, b"\0")
def label(checksum):
    out = struct.pack(order + "IHH16s16sIIIIIIHHI", 0x82564557, 0, 0, b"sample", b"disk", 512, 63, 16, 1, 1008, 256, 0, 0, 0)
    out += struct.pack(order + "HHHHIII5I5I", 3600, 1, 0, 0, 0, 0, 0, *[0] * 5, *[0] * 5)
    assert len(out) == 132
    out += struct.pack(order + "IHHII", 0x82564557, checksum, len(parts), 8192, 8192)
    for size, offset, kind in parts:
        out += struct.pack(order + "IIIBBH", size, offset + base, 1024, kind, 8, 0)
    return out
total = 0
for word in struct.unpack(order + "%dH" % (len(label(0)) // 2), label(0)):
    total ^= word
image[512:512 + len(label(0))] = label(total)
open(sys.argv[1], "wb").write(image)
PY
