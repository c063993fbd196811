#!/bin/sh
# The header blocks of an Inno Setup installer, built from the published layout. usage: innosetup.sh OUT [lzma|zlib|stored]
set -eu
python3 - "$1" "${2:-lzma}" <<'PY'
import lzma, struct, sys, zlib
kind = sys.argv[2]
def block(data):
    if kind == "lzma":
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}]
        packed = b"\x5D" + struct.pack("<I", 1 << 20) + lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    else:
        packed = zlib.compress(data, 9) if kind == "zlib" else data
    pieces = [packed[at:at + 4096] for at in range(0, len(packed), 4096)]
    stored = b"".join(struct.pack("<I", zlib.crc32(p)) + p for p in pieces)
    head = struct.pack("<IB", len(stored), kind != "stored")
    return struct.pack("<I", zlib.crc32(head)) + head + stored
title = {"lzma": b"Inno Setup Setup Data (5.5.7) (u)", "zlib": b"Inno Setup Setup Data (4.0.9)", "stored": b"Inno Setup Setup Data (6.2.0)"}[kind]
header = "".join(f"Switch Manager {i} https://acme.example {i * i * 7919 % 100003}\n" for i in range(900)).encode("utf-16-le")
open(sys.argv[1], "wb").write(title.ljust(64, b"\0") + block(header) + block(bytes(range(256)) * 5))
PY
