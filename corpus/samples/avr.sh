#!/bin/sh
# The interrupts of an AVR and text that stands for code; small: one-word jumps. usage: avr.sh OUT [small]
set -eu
python3 - "$1" "${2:-}" <<'PY'
import struct, sys
if sys.argv[2] == "small":
    table = b"".join(struct.pack("<H", 0xC000 | (target - 1 - i) & 0xFFF) for i, target in enumerate([19] + [45] * 18))
else:
    table = b"".join(struct.pack("<HH", 0x940C, target) for target in [0x1C34] + [0x1C51] * 24 + [0x1C80])
open(sys.argv[1], "wb").write(table + (b"code of the sample\n" * 100)[:1400])
PY
