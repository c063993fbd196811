#!/bin/sh
# UEFI capsules. usage: uefi-capsule.sh OUT [plain|toshiba|ami|outside]   default: firmware management with a driver and two images, one signed
set -eu
python3 - "$1" "${2-management}" <<'PY'
import struct, sys, uuid
out, variant = sys.argv[1:3]
guid = lambda text: uuid.UUID(text).bytes_le
image = b"firmware image of the sample. " * 20
def capsule(kind, body, extra=b"", toshiba=False):
    size = 28 + len(extra) + len(body)
    return guid(kind) + struct.pack("<III", 28 + len(extra), *((size, 0x50000) if toshiba else (0x50000, size))) + extra + body
def item(number, data, version, vendor=b""):
    head = struct.pack("<I16sB3sII", version, guid("00000000-0000-0000-0000-%012d" % number), 1, b"", len(data), len(vendor))
    return head + (struct.pack("<Q", 0) if version > 1 else b"") + (struct.pack("<Q", 0) if version > 2 else b"") + data + vendor
if variant == "plain":
    data = capsule("3B6686BD-0D76-4030-B70E-B5519E2FC5A0", image)
elif variant == "toshiba":
    data = capsule("3BE07062-1D51-45D2-832B-F093257ED461", image, toshiba=True)
elif variant == "ami":
    data = capsule("4A3CA68B-7723-48FB-803D-578CC1FEC44D", b"signature " * 6 + image, struct.pack("<HH", 92, 0))
else:
    signature = b"\x30\x82" + b"pkcs7 " * 30
    certificate = struct.pack("<IHH", 24 + len(signature), 0x0200, 0x0EF1) + guid("4AAFD29D-68DF-49EE-8AA9-347D375665A7") + signature
    parts = [b"MZ" + b"driver " * 30, item(7, struct.pack("<Q", 1) + certificate + image, 3), item(8, image[:100], 1, b"vendor code")]
    places, at = [], 8 + 8 * len(parts)
    for part in parts:
        places.append(at)
        at += len(part)
    if variant == "outside":
        places[1] = 1 << 40
    data = capsule("6DCBD5ED-E82D-4C44-BDA1-7194199AD92A", struct.pack("<IHH3Q", 1, 1, 2, *places) + b"".join(parts))
open(out, "wb").write(data)
PY
