#!/bin/sh
# A PE file for EFI with two sections and a table of certificates; or a program for Windows by makensis, with resources and a signature by
# osslsigncode. usage: pe.sh OUT [64|32|upx|signed]
set -eu
if [ "${2:-}" = signed ]; then
    export LC_ALL=C SOURCE_DATE_EPOCH=1700000000
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    out=$1
    cd "$work"
    cat > x.nsi <<'NSI'
Name "Manager"
OutFile "out.exe"
SetCompressor zlib
VIProductVersion 4.2.1.7
VIAddVersionKey /LANG=1033 ProductName "Switch Manager"
VIAddVersionKey /LANG=1033 CompanyName "ACME Networks"
VIAddVersionKey /LANG=1033 FileVersion "4.2.1"
VIAddVersionKey /LANG=1033 FileDescription "Manages switches"
VIAddVersionKey /LANG=1033 OriginalFilename "manager.exe"
VIAddVersionKey /LANG=1033 LegalCopyright "ACME"
Section
SectionEnd
NSI
    makensis -V1 x.nsi
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj "/O=ACME/CN=ACME code signing" 2> /dev/null
    osslsigncode sign -certs cert.pem -key key.pem -in out.exe -out signed.exe > log 2>&1 || { cat log >&2; exit 1; }
    cp signed.exe "$out"
    exit 0
fi
python3 - "$1" "${2:-64}" <<'PY'
import struct, sys, zlib
is_64 = sys.argv[2] != "32"
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
if sys.argv[2] == "upx": # the header of the packer before its data
    h = struct.pack("<4sBBBBIIIIIBBB", b"UPX!", 13, 36, 14, 9, 0x12345678, zlib.adler32(bytes(d[0x400:0x500])), 5000, 0x100, 9000, 0x49, 7, 0)
    d[0x3E0:0x400] = h + bytes([sum(h[4:]) % 251])
open(sys.argv[1], "wb").write(d)
PY
