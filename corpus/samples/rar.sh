#!/bin/sh
# A RAR of the fourth version with stored members: no free program writes one. usage: rar.sh OUT [stored|encrypted|headers]
set -eu
python3 - "$1" "${2:-stored}" <<'PY'
import struct, sys, zlib
out, variant = sys.argv[1:3]
DOS = ((2023 - 1980) << 9 | 11 << 5 | 14) << 16 | 22 << 11 | 13 << 5 | 10

def block(kind, flags, rest):
    head = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

def member(name, body, mode=0o100644, flags=0):
    rest = struct.pack("<IIBIIBBHI", len(body), len(body), 3, zlib.crc32(body), DOS, 20, 0x30, len(name), mode)
    return block(0x74, 0x8000 | flags, rest + name) + body

text = b"".join(b"line %d of a text\n" % i for i in range(60))
main = block(0x73, 0x80 if variant == "headers" else 0, b"\0" * 6)
shut = 4 if variant == "encrypted" else 0
whole = b"Rar!\x1a\x07\x00" + main + member(b"bin\\tool", text, 0o100755) + member(b"etc\\secret", b"twelve bytes", flags=shut) + member(b"etc\\empty", b"")
directory = struct.pack("<IIBIIBBHI", 0, 0, 3, 0, DOS, 20, 0x30, 3, 0o040755)
whole += block(0x74, 0x80E0, directory + b"etc") + block(0x7B, 0x4000, b"")
open(out, "wb").write(whole)
PY
