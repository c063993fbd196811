#!/bin/sh
# A PE file for EFI with two sections and a table of certificates. usage: pe.sh OUT [64|32]
set -eu
python3 - "$1" "${2:-64}" <<'PY'
import struct, sys
is_64 = sys.argv[2] == "64"
size = (112 if is_64 else 96) + 16 * 8
optional = bytearray(size)
struct.pack_into("<H", optional, 0, 0x20B if is_64 else 0x10B)
struct.pack_into("<IIII", optional, 4, 0x200, 0x200, 0, 0x1000)
struct.pack_into("<II", optional, 32, 0x1000, 0x200)
struct.pack_into("<II", optional, 56, 0x3000, 0x400)
struct.pack_into("<H", optional, 68, 10)
struct.pack_into("<I", optional, 108 if is_64 else 92, 16)
struct.pack_into("<II", optional, (112 if is_64 else 96) + 4 * 8, 0x800, 64)
text = struct.pack("<8sIIIIIIHHI", b".text", 0x200, 0x1000, 0x200, 0x400, 0, 0, 0, 0, 0x60000020)
data = struct.pack("<8sIIIIIIHHI", b".data", 0x200, 0x2000, 0x200, 0x600, 0, 0, 0, 0, 0xC0000040)
coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664 if is_64 else 0x14C, 2, 1700000000, 0, 0, size, 0x0202)
d = bytearray(0x840)
d[:2] = b"MZ"
struct.pack_into("<I", d, 0x3C, 0x80)
headers = coff + optional + text + data
d[0x80:0x80 + len(headers)] = headers
d[0x400:0x600] = b"\x90\xC3" * 256
d[0x600:0x800] = b"data" * 128
d[0x800:0x840] = struct.pack("<IHH", 64, 0x200, 2) + bytes(range(56))
open(sys.argv[1], "wb").write(d)
PY
