#!/bin/sh
# An arm64 Image without an EFI stub, or with one, or the RISC-V cousin. usage: arm64-image.sh OUT [plain|stub|riscv]
set -eu
here=$(dirname "$0")
sh "$here/linux-kernel.sh" "$1" 40
python3 - "$1" "${2:-plain}" <<'PY'
import struct, sys
path, kind = sys.argv[1:]
d = bytearray(open(path, "rb").read())
if kind == "riscv":
    d[:64] = struct.pack("<IIQQQIIQ8sII", 0x0040006F, 0, 0x200000, len(d), 0, 2, 0, 0, b"RISCV\0\0\0", 0x05435352, 0)
else:
    d[:64] = struct.pack("<4sIQQQQQQ4sI", b"MZ\0\x91" if kind == "stub" else b"\x1f\x20\x03\xd5", 0x14000000, 0, len(d) + 0x8000 if kind == "stub" else len(d), 0xA, 0, 0, 0, b"ARM\x64", 0x40)
if kind == "stub":
    optional = bytearray(160)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<I", optional, 60, 0x1000)
    struct.pack_into("<H", optional, 68, 10)
    struct.pack_into("<I", optional, 108, 6)
    section = struct.pack("<8sIIIIIIHHI", b".text", len(d), 0x1000, len(d) - 0x1000, 0x1000, 0, 0, 0, 0, 0x60000020)
    pe = struct.pack("<4sHHIIIHH", b"PE\0\0", 0xAA64, 1, 0, 0, 0, 160, 0x206) + optional + section
    d[0x40:0x40 + len(pe)] = pe
open(path, "wb").write(d)
PY
