#!/bin/sh
# An InstallShield cabinet of version 6 with nothing but data, or its header file. usage: installshield.sh OUT [cabinet|header]
set -eu
python3 - "$1" "${2:-cabinet}" <<'PY'
import struct, sys, zlib
data = zlib.compress(b"the quick brown fox " * 200, 9)[2:-4]
if sys.argv[2] == "header":
    out = struct.pack("<4sIIII", b"ISc(", 0x01006000, 0, 0x200, 400).ljust(0x200, b"\0") + bytes(range(200)) * 2
else:
    out = struct.pack("<4sIIII", b"ISc(", 0x01006000, 0, 0, 0).ljust(0x40, b"\0") + struct.pack("<H", len(data)) + data
open(sys.argv[1], "wb").write(out)
PY
