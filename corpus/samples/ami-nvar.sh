#!/bin/sh
# Variables of AMI's firmware. usage: ami-nvar.sh OUT [volume]   volume: in a file of a firmware volume, as UEFIExtract looks for them
set -eu
python3 - "$1" "${2-}" <<'PY'
import struct, sys, uuid
out, variant = sys.argv[1:3]
guids = [uuid.UUID(t).bytes_le for t in ("EC87D643-EBA4-4BB5-A1E5-3F3E36B20DA9", "8BE4DF61-93CA-11D2-AA0D-00E098032B8C")]
own = uuid.UUID("D719B2CB-3D3A-4596-A3BC-DAD00E67656F").bytes_le
RUNTIME, ASCII, OWN, DATA, EXTENDED, VALID = 1, 2, 4, 8, 16, 128
def entry(attributes, head, data, next=0xFFFFFF):
    return b"NVAR" + struct.pack("<HI", 10 + len(head) + len(data), next | attributes << 24) + head + data
setup = entry(VALID | ASCII, b"\0Setup\0", b"old data of the setup")
more = entry(VALID | ASCII | RUNTIME, b"\1BootOrder\0", b"\0\0\1\0")
more += entry(VALID | RUNTIME, b"\1" + "Lang".encode("utf-16-le") + b"\0\0", b"eng\0")
more += entry(ASCII, b"\0Gone\0", b"data of a deleted variable")
more += entry(VALID | ASCII | OWN | EXTENDED, own + b"db\0", b"signatures" + b"\1\0" + struct.pack("<H", 4))
setup = entry(VALID | ASCII, b"\0Setup\0", b"old data of the setup", len(setup) + len(more))
body = setup + more + entry(VALID | DATA, b"", b"new data of the setup")
store = body.ljust(1024 - 32, b"\xff") + guids[1] + guids[0]
if variant != "volume":
    open(out, "wb").write(store)
    sys.exit()
head = uuid.UUID("CEF5B9A3-476D-497F-9FDC-E98143E0422C").bytes_le + b"\0\0\1\0" + struct.pack("<I", 24 + len(store))[:3] + b"\0"
head = head[:16] + bytes([-sum(head) & 0xFF, 0xAA]) + head[18:23] + b"\xf8"
def volume(total):
    return (bytes(16) + uuid.UUID("8C8CE578-8A3D-4F1C-9935-896185C32DD3").bytes_le +
            struct.pack("<Q4sIHHHBBIIII", 2048, b"_FVH", 0x0004FEFF, 72, total, 0, 0, 2, 4, 512, 0, 0))
image = volume(-sum(struct.unpack("<36H", volume(0))) & 0xFFFF) + head + store
open(out, "wb").write(image.ljust(2048, b"\xff"))
PY
