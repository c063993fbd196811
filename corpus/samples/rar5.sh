#!/bin/sh
# A RAR of the fifth version with stored members: no free program writes one. usage: rar5.sh OUT [stored|encrypted|headers]
set -eu
python3 - "$1" "${2:-stored}" <<'PY'
import struct, sys, zlib
out, variant = sys.argv[1:3]

def vint(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])

def block(kind, flags, rest, extra=b"", data=b""):
    if extra:
        flags |= 1
    if kind == 2:
        flags |= 2
    head = vint(kind) + vint(flags) + (vint(len(extra)) if extra else b"") + (vint(len(data)) if kind == 2 else b"") + rest + extra
    sized = vint(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized + data

def member(name, body, mode=0o100644, extra=b"", directory=False):
    name = name.encode()
    rest = vint(2 | (1 if directory else 4)) + vint(len(body)) + vint(mode) + struct.pack("<I", 1700000000)
    if not directory:
        rest += struct.pack("<I", zlib.crc32(body))
    return block(2, 0, rest + vint(0) + vint(1) + vint(len(name)) + name, extra, body)

text = b"".join(b"line %d of a text\n" % i for i in range(60))
key = vint(0) + vint(0) + b"\x0f" + bytes(16) + bytes(16)
shut = b""
if variant == "encrypted":
    record = vint(1) + key
    shut = vint(len(record)) + record
whole = b"Rar!\x1a\x07\x01\x00"
if variant == "headers":
    whole += block(4, 0, vint(0) + vint(0) + b"\x0f" + bytes(16)) + bytes(range(200))
else:
    whole += block(1, 0, vint(0)) + member("bin/tool", text, 0o100755) + member("etc", b"", 0o040755, directory=True)
    whole += member("etc/caf\u00e9", b"coffee\n") + member("etc/secret", b"twelve bytes", extra=shut) + member("etc/last", b"the last\n") + block(5, 0, vint(0))
open(out, "wb").write(whole)
PY
