#!/bin/sh
# A Novatek NVTPACK with two partitions, from the published layout. usage: novatek_pack.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
guid = bytes.fromhex("072E01D6BC10914FB28A352F82261A50")
parts = [(3, 4000), (7, 6001)]
table, data, at = b"", b"", 0x80 + 12 * len(parts)
for number, size in parts:
    part = keep("partition%d" % number, content("novatek%d" % number, size))
    table += struct.pack("<III", at + len(data), size, number)
    data += part + bytes(-len(part) % 64)
image = bytearray(guid + struct.pack("<IIIIII", 0x16071515, 0x80, len(parts), at + len(data), 0, 0) + bytes(0x80 - 40) + table + data)
total = sum(word + i for i, (word,) in enumerate(struct.iter_unpack("<H", image[: len(image) // 2 * 2])))
struct.pack_into("<H", image, 0x24, -total & 0xFFFF)
done(bytes(image))
PY
