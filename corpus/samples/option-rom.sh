#!/bin/sh
# A PCI option ROM with legacy code and an EFI executable. usage: option-rom.sh OUT [packed|isa]
#   packed: the executable is compressed (taken from a volume of uefi-fv.sh)   isa: no PCI data structure
set -eu
volume=$(mktemp)
trap 'rm -f "$volume"' EXIT
[ "${2-}" != packed ] || sh "$(dirname "$0")/uefi-fv.sh" "$volume"
python3 - "$1" "${2-}" "$volume" <<'PY'
import struct, sys
out, variant, volume = sys.argv[1:4]
def pad(data): return data + b"\0" * (-len(data) % 512)
def pcir(blocks, code, last):
    return b"PCIR" + struct.pack("<HHHHB3sHHBBH", 0x8086, 0x100E, 0, 28, 3, b"\0\0\2", blocks, 1, code, 0x80 if last else 0, 0) + b"\0\0\0\0"
def summed(data): return data[:-1] + bytes([-sum(data[:-1]) & 0xFF])
code = b"\xe9\x10\x00" + b"legacy code of the sample. " * 30
if variant == "isa":
    open(out, "wb").write(summed(pad(b"\x55\xaa\x02" + code + b"\0")))
    sys.exit()
size = (0x40 + len(code) + 512) // 512
legacy = (b"\x55\xaa" + bytes([size]) + code[:3]).ljust(0x18, b"\0") + struct.pack("<H", 0x1C) + b"\0\0" + pcir(size, 0, False)
legacy = summed((legacy.ljust(0x40, b"\0") + code).ljust(size * 512, b"\0"))
executable = b"MZ" + b"executable of the sample. " * 40
compression = 0
if variant == "packed":
    data = open(volume, "rb").read()
    at = data.index(b"\x20\x03\x00\x00\x01") + 5 # its first EFI-compressed section
    executable, compression = data[at:at + 8 + struct.unpack_from("<I", data, at)[0]], 1
size = (0x40 + len(executable) + 511) // 512
efi = b"\x55\xaa" + struct.pack("<HIHHH8sHH", size, 0x0EF1, 11, 0x8664, compression, b"", 0x40, 0x1C) + b"\0\0" + pcir(size, 3, True)
open(out, "wb").write(legacy + pad(efi.ljust(0x40, b"\0") + executable))
PY
