#!/bin/sh
# Stores of UEFI variables. usage: uefi-vars.sh OUT [edk2|vss|vss-authenticated]   default: EDK2's with authentication
set -eu
python3 - "$1" "${2-authenticated}" <<'PY'
import struct, sys, uuid
out, variant = sys.argv[1:3]
guid = lambda text: uuid.UUID(text).bytes_le
GLOBAL, SECURITY = guid("8BE4DF61-93CA-11D2-AA0D-00E098032B8C"), guid("D719B2CB-3D3A-4596-A3BC-DAD00E67656F")
authenticated = variant in ("authenticated", "vss-authenticated")
hashes = guid("C1C41626-504C-4092-ACA9-41F936934328") + struct.pack("<III", 28 + 48 * 2, 0, 48) + (SECURITY + b"\x11" * 32) + (SECURITY + b"\x22" * 32)
def variable(name, vendor, data, state=0x3F, attributes=7, time=(2024, 2, 29, 12, 34, 56)):
    text = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HBBI", 0x55AA, state, 0, attributes)
    if authenticated:
        head += struct.pack("<Q", 0) + struct.pack("<HBBBBBBIhBB", *time, 0, 0, 0, 0, 0) + struct.pack("<I", 0)
    head += struct.pack("<II", len(text), len(data)) + vendor + text + data
    return head + b"\xff" * (-len(head) % 4)
none = (0, 0, 0, 0, 0, 0)
body = (variable("BootOrder", GLOBAL, b"\0\0\1\0", time=none) + variable("db", SECURITY, hashes, attributes=0x27) +
        variable("Timeout", GLOBAL, b"\3\0", state=0x3C, time=none) + variable("Timeout", GLOBAL, b"\5\0", time=none) +
        variable("a/b", GLOBAL, b"", time=none) + variable("Moving", GLOBAL, b"x" * 99, state=0x3E, time=none))
size = 4096
if variant.startswith("vss"):
    head = b"$VSS" + struct.pack("<IBBHI", size, 0x5A, 0xFE, 0, 0)
else:
    store = "AAF32C78-947B-439A-A180-2E144EC37792" if authenticated else "DDCF3616-3275-4164-98B6-FE85707FFE7D"
    head = guid(store) + struct.pack("<IBBHI", size, 0x5A, 0xFE, 0, 0)
open(out, "wb").write((head + body).ljust(size, b"\xff"))
PY
