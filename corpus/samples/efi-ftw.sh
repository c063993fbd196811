#!/bin/sh
# A working block for fault-tolerant writes, in use, with an empty queue. usage: efi-ftw.sh OUT [busy]   busy: something is in the queue
set -eu
python3 - "$1" "${2-}" <<'PY'
import struct, sys, uuid, zlib
signature, queue = uuid.UUID("9E58292B-7C68-497D-A0CE-6500FD9F1B95").bytes_le, 0xFE0
crc = zlib.crc32(signature + b"\xff\xff\xff\xff" + b"\xff\xff\xff\xff" + struct.pack("<Q", queue))
body = b"\xfe" + bytes(range(60)) if sys.argv[2] == "busy" else b""
open(sys.argv[1], "wb").write(signature + struct.pack("<I", crc) + b"\xfe\xff\xff\xff" + struct.pack("<Q", queue) + body.ljust(queue, b"\xff"))
PY
