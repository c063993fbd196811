#!/bin/sh
# A stage of Trusted Firmware-A: its first instructions, its vectors, its texts, and text that stands for code. usage: tf_a.sh OUT
set -eu
python3 - "$1" <<'PY'
import struct, sys
code = struct.pack("<4I", 0xAA0003F4, 0xAA0103F5, 0xAA0203F6, 0xAA0303F7) + (b"code of the sample\n" * 400)[:4080]
table = b"".join((struct.pack("<I", 0x94000010 + i) + b"\0" * 124) for i in range(12)) + b"".join((b"\x1f\x20\x03\xd5" * 32) for i in range(4))
texts = b"ERROR(#-.#/25v2.8(release):v2.8-sample\0Built : 22:13:20, Nov 14 2023\0BL31: Initializing runtime services\0"
open(sys.argv[1], "wb").write(code + table + texts + (b"data of the sample\n" * 200)[:3000])
PY
