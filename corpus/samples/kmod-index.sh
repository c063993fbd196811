#!/bin/sh
# An index of kernel modules, laid out as depmod does: children first, the root last. usage: kmod-index.sh OUT
set -eu
python3 - "$1" <<'PY'
import struct, sys
def value(text):
    return struct.pack(">I", 1) + struct.pack(">I", 0) + text + b"\0"
d = bytearray(struct.pack(">III", 0xB007F457, 0x00020001, 0))
places = []
for prefix, text in ((b"ci:v00001AF4d*", b"virtio_pci"), (b"b:v1234p5678*", b"sample")):
    places.append(0xC0000000 | len(d))
    d += prefix + b"\0" + value(text)
root = 0x20000000 | len(d)
children = {ord("p"): places[0], ord("u"): places[1]}
d += bytes([ord("p"), ord("u")]) + b"".join(struct.pack(">I", children.get(c, 0)) for c in range(ord("p"), ord("u") + 1))
d[8:12] = struct.pack(">I", root)
open(sys.argv[1], "wb").write(d)
PY
