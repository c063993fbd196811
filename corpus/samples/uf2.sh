#!/bin/sh
# A UF2 file for the RP2040 of two segments. usage: uf2.sh OUT [plain|tags|families]
# Debian has no maker: built from the published layout.
set -eu
python3 - "$1" "${2:-plain}" <<'PY'
import struct, sys
out, kind = sys.argv[1:]
def text(word, size):
    return (word * (size // 16 + 1))[:size]
parts = [(0x10000000, text(b"flash of a pico\n", 8000)), (0x10100000, text(b"another segment\n", 2000))]
def tag(number, value):
    return (bytes([4 + len(value)]) + number.to_bytes(3, "little") + value + bytes(-len(value) % 4))
tags = tag(0x9FC7BC, b"1.2.3") + tag(0x650D9D, b"A sample") + bytes(4)
def blocks(parts, family):
    all = [(at + n, data[n:n + 256]) for at, data in parts for n in range(0, len(data), 256)]
    for number, (at, data) in enumerate(all):
        flags = 0x2000 | (0x8000 if kind == "tags" else 0)
        rest = data + (tags if kind == "tags" else b"")
        yield struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, at, len(data), number, len(all), family) + rest.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
if kind == "families":
    image = b"".join(blocks(parts[:1], 0xE48BFF56)) + b"".join(blocks([(0x10000000, parts[1][1])], 0xE48BFF59))
else:
    image = b"".join(blocks(parts, 0xE48BFF56))
open(out, "wb").write(image)
PY
