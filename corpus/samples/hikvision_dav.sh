#!/bin/sh
# Hikvision digicap.dav: files, images for two device types, or one that is encrypted. usage: hikvision_dav.sh OUT [images|encrypted]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
KEY = bytes.fromhex("BACDBCFED6CADDD3BAB9A3ABBFCBB5BE")
def xor(data):
    return bytes(b ^ KEY[(i + (i >> 4)) & 15] for i, b in enumerate(data))
def container(magic, fixed, parts):
    at = 64 + 44 * len(parts)
    table = b""
    for name, part in parts:
        table += field(name, 32) + struct.pack("<III", at, len(part), sum(part))
        at += len(part)
    header = (fixed(at, len(parts)) + bytes(52))[:52] + table
    return xor(struct.pack("<4sII", magic, sum(header), 12 + len(header)) + header) + b"".join(part for _, part in parts)
def files(prefix):
    names = [("_cfgUpgSecPls", 500), ("uImage", 4000), ("rootfs.img", 6000)]
    return [(name, content(prefix + name, size)) for name, size in names]
fixed = lambda total, count: struct.pack("<IIIII", count, 1, 2, 1, 0xFFFFFFFF) + b"\xff" * 4
if variant == "images":
    parts = [(name, container(b"SWKH", fixed, files(name))) for name in ("1140050031111110011", "1140050031111110012")]
    image = container(b"02KH", lambda total, count: struct.pack("<III", 0, total, count) + b"\xff" * 20, parts)
elif variant == "encrypted":
    image = xor(struct.pack("<4sIIIIII", b"03KH", 0x7E09E7EA, 3776, 55, 1, 2, 1) + bytes(36)) + content("secret", 8000)
    parts = [("encrypted", image[4:])]
else:
    parts = files("")
    image = container(b"SWKH", fixed, parts)
for name, part in parts:
    keep(name, part)
done(image)
PY
