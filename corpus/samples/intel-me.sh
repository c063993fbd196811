#!/bin/sh
# Region of a management engine with three partitions. usage: intel-me.sh OUT [bare]   bare: without the 16 bytes of jump code
set -eu
python3 - "$1" "${2-}" <<'PY'
import random, struct, sys
rnd = random.Random("me")
entry = lambda name, at, size, flags: name.encode().ljust(4, b"\0") + b"KRID" + struct.pack("<IIIIII", at, size, 1, 1, 0, flags)
code = bytes(28) + b"$MN2" + struct.pack("<IHHHH", 0x20, 11, 8, 65, 3590) + rnd.randbytes(1500)
entries = [entry("FTPR", 0x400, len(code), 0), entry("MFS", 0xC00, 0x400, 1), entry("PSVN", 0xFFFFFFFF, 0, 2), entry("NFTP", 0x1000, 0x800, 0)]
head = b"$FPT" + struct.pack("<IBBBBHHIIHHHH", len(entries), 0x20, 0x10, 0x20, 0, 1, 1, 0, 0, 0, 0, 0, 0)
head = head[:11] + bytes([-sum(head) & 0xFF]) + head[12:]
image = (b"" if sys.argv[2] == "bare" else b"\x20\x80\x40\0" * 4) + head + b"".join(entries)
image = image.ljust(0x400, b"\xff") + code
image = image.ljust(0xC00, b"\xff") + (b"files of the engine. " * 20).ljust(0x400, b"\xff") + b"$CPD" + rnd.randbytes(0x7FC)
open(sys.argv[1], "wb").write(image)
PY
