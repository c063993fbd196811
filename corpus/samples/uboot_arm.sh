#!/bin/sh
# The vectors of U-Boot for 32-bit Arm, its code with a device tree inside, its version, its relocations. spl: the first stage, without them, a
# device tree behind it; both: the first stage, then U-Boot proper; old: as it was before 2014. usage: uboot_arm.sh OUT [spl|both|old]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
board_tree tree
python3 - "$out" "${2:-}" <<'PY'
import struct, sys
tree = open("tree", "rb").read()
def vectors(handlers, *more):
    return struct.pack("<I", 0xEA000016) + struct.pack("<I", 0xE59FF014) * 7 + struct.pack("<8I", *handlers, 0x12345678 if sys.argv[2] == "old" else 0xDEADBEEF) + struct.pack(f"<{len(more)}I", *more)
def spl():
    body = vectors([0x402F0440] * 7) + (b"first stage code of the sample\n" * 200)[:4900] + b"\0" * 8 + b"U-Boot SPL 2023.01+sample (Nov 14 2023)\0\0\0\0\0"
    return body
def proper():
    base = 0x80800000
    head = vectors([base + 0x60 + 0x60 * i for i in range(7)], base if sys.argv[2] == "old" else 0x0BADC0DE)
    body = head + b"\0" * (0x400 - len(head)) + struct.pack("<100I", *[base + 0x800 + i for i in range(100)]) + (b"u-boot code of the sample\n" * 400)[:9000]
    body += tree + b"\0" * 8 + b"U-Boot 2023.01+sample (Nov 14 2023)\0"
    body += b"\0" * (-len(body) % 8)
    return body + b"".join(struct.pack("<II", base + 0x400 + 4 * i, 0x17) for i in range(100))
data = {"": proper, "old": proper, "spl": lambda: spl() + tree, "both": lambda: spl() + b"\0" * 3000 + proper()}[sys.argv[2]]()
open(sys.argv[1], "wb").write(data)
PY
