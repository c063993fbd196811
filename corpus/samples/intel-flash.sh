#!/bin/sh
# Flash of an Intel chipset: descriptor, management engine, network, BIOS. usage: intel-flash.sh OUT [old|overlap]   old: the layout before 2015
set -eu
me=$(mktemp)
trap 'rm -f "$me"' EXIT
sh "$(dirname "$0")/intel-me.sh" "$me"
python3 - "$1" "${2-}" "$me" <<'PY'
import struct, sys
out, variant, me = sys.argv[1:4]
old = variant == "old"
def region(first, end): return struct.pack("<I", first >> 12 | (end - 1 >> 12) << 16)
unused = struct.pack("<I", 0x00007FFF if not old else 0x00001FFF)
me_data = open(me, "rb").read().ljust(0x3000, b"\xff")
regions = [region(0, 0x1000), region(0x5000, 0x8000), region(0x2000 if variant != "overlap" else 0x4000, 0x5000), region(0x1000, 0x2000)]
regions += [unused] * ((8 if old else 16) - 4)
head = b"\xff" * 16 + b"\x5a\xa5\xf0\x0f" + struct.pack("<III", 0x03 | 0x04 << 16 | (3 if old else 0) << 24, 0x08 | 2 << 8 | 0x10 << 16, 0)
head = head.ljust(0x30, b"\xff") + struct.pack("<III", (0 if old else 6) << 17 | (4 if old else 4), 0, 0)
head = head.ljust(0x40, b"\xff") + b"".join(regions)
head = head.ljust(0x80, b"\xff") + struct.pack("<II", 0x00A00F00, 0x00400D00)
head = head.ljust(0x1000, b"\xff")
gbe = (b"\x00\x1b\x21\x01\x02\x03" + b"network " * 20).ljust(0x1000, b"\xff")
bios = (b"BIOS of the sample. " * 200).ljust(0x3000, b"\xff")
open(out, "wb").write(head + gbe + me_data + bios)
PY
