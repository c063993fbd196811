#!/bin/sh
# A RouterOS package with files, scripts and a file system, from the published layout. usage: mikrotik_npk.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
def entry(mode, name, data):
    return struct.pack("<H6xIIIIIH", mode, 1700000000, 0x07110201, 0, 0, len(data), len(name)) + name.encode() + data
files = entry(0o40755, "nova", b"") + entry(0o40755, "nova/bin", b"")
files += entry(0o100755, "nova/bin/sample", keep("nova/bin/sample", content("sample", 9000)))
files += entry(0o100644, "nova/empty", keep("nova/empty", b""))
files += entry(0o120777, "nova/link", b"bin/sample")
package = field("sample", 16) + bytes([1, ord("f"), 17, 7]) + struct.pack("<I8x", 1738228800)
parts = [(1, package), (2, b"\n    a sample package\n  "), (16, b"arm64"), (24, b"stable"), (23, b"0123456789abcdef" * 2 + b"01234567"), (3, bytes(36)),
         (7, keep("install", b"\n    new-libs\n")), (22, bytes(500)), (21, keep("sample.squashfs", content("squashfs", 4096))), (4, zlib.compress(files, 9)),
         (9, keep("signature", content("signature", 68)))]
body = b"".join(struct.pack("<HI", kind, len(data)) + data for kind, data in parts)
done(b"\x1E\xF1\xD0\xBA" + struct.pack("<I", len(body)) + body)
PY
