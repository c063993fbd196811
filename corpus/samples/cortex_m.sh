#!/bin/sh
# Vectors of a Cortex-M and text that stands for code. lpc: with NXP's sum; boot: with the boot header of its LPC43xx; memory: most handlers in memory. usage: cortex_m.sh OUT [lpc|boot|memory]
set -eu
python3 - "$1" "${2:-}" <<'PY'
import struct, sys
variant = sys.argv[2]
base = 0 if variant == "lpc" else 0x08004000
other = 0x20000801 if variant == "memory" else base + 0x485
words = [0x10003FE0 if variant == "lpc" else 0x20002000, base + 0x431] + [other] * 5 + [0] * 4 + [other] * 2 + [0] + [other] * 2 + [other] * 30
if variant == "lpc":
    words[7] = -sum(words[:7]) % 2**32
data = struct.pack(f"<{len(words)}I", *words) + struct.pack("<I", 0x4B044803) + (b"code of the sample\n" * 400)[:6000]
if variant == "boot":
    data = struct.pack("<BBH", 0xDA, 0xFF, (len(data) + 511) // 512) + b"\xff" * 12 + data
open(sys.argv[1], "wb").write(data)
PY
