#!/bin/sh
# One device of a mirror of two, as mdadm would leave it. usage: mdraid.sh OUT [1.0|1.1|1.2|0.90|raid5]
set -eu
python3 - "$1" "${2:-1.2}" <<'PY'
import struct, sys
kind = sys.argv[2]
SIZE, DATA = 256 << 10, 64 << 10
text = b"".join(b"%d of the mirrored volume\n" % i for i in range(9000))
def fold(total):
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF
def version1(own, data, length, level):
    roles = [0, 1] + [0xFFFF] * 14
    sb = bytearray(256 + 2 * len(roles))
    struct.pack_into("<IIII16s32sQiIQII", sb, 0, 0xA92B4EFC, 1, 0, 0, bytes(range(16)), b"host:sample", 1700000000, level, 2 if level == 5 else 0, length // 512, 128 if level == 5 else 0, 3 if level == 5 else 2)
    struct.pack_into("<QQQQI", sb, 128, data // 512, length // 512, own // 512, 0, 0)
    struct.pack_into("<16s", sb, 168, bytes(range(16, 32)))
    struct.pack_into("<QQQII", sb, 192, 1700000000, 7, 0xFFFFFFFFFFFFFFFF, 0, len(roles))
    for n, role in enumerate(roles):
        struct.pack_into("<H", sb, 256 + 2 * n, role)
    struct.pack_into("<I", sb, 216, fold(sum(struct.unpack("<%dI" % (len(sb) // 4), sb))))
    return sb
def version0():
    words = [0] * 1024
    words[0:13] = [0xA92B4EFC, 0, 90, 0, 0, 0x11111111, 1700000000, 1, (SIZE - (64 << 10)) // 1024, 2, 2, 0, 0]
    words[13:16] = [0x22222222, 0x33333333, 0x44444444]
    words[32:38] = [1700000000, 1, 2, 2, 0, 0]
    words[39:41] = [7, 0]
    for disk in range(2):
        words[128 + 32 * disk:133 + 32 * disk] = [disk, 8, 16 * disk + 1, disk, 6]
    words[992:997] = [0, 8, 1, 0, 6]
    words[38] = 0
    words[38] = fold(sum(words))
    return struct.pack("<1024I", *words)
image = bytearray(SIZE)
if kind in ("1.2", "raid5", "1.1"):
    own = 0 if kind == "1.1" else 4096
    image[own:own + 288] = version1(own, DATA, SIZE - DATA, 5 if kind == "raid5" else 1)
    image[DATA:DATA + len(text)] = text[:SIZE - DATA]
elif kind == "1.0":
    own = SIZE - 8192
    image[:min(len(text), own)] = text[:own]
    image[own:own + 288] = version1(own, 0, own - 4096, 1)
else:
    own = SIZE - (64 << 10)
    image[:min(len(text), own)] = text[:own]
    image[own:own + 4096] = version0()
open(sys.argv[1], "wb").write(image[:SIZE])
PY
