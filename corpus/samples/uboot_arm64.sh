#!/bin/sh
# The begin of U-Boot for arm64, its code, its version. room: with room for a boot header; linked: with relocations and a
# device tree inside; loader: the same behind code of a boot loader. usage: uboot_arm64.sh OUT [room|linked|loader]
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
code = (b"u-boot code of the sample\n" * 400)[:9000]
version = b"\0" * 8 + b"U-Boot 2023.01+sample (Nov 14 2023)\0"
variant = sys.argv[2]
room = {"room": 1528, "loader": 216}.get(variant, 0)
if variant in ("linked", "loader"):
    code += b"\0" * (-len(code) % 8) + open("tree", "rb").read()
body = code + version + b"\0" * (-len(code + version) % 8)
table = b"".join(struct.pack("<QQQ", 0x200000 + 40 + room + 8 * i, 0x403, 0x200000 + 16 * i) for i in range(100)) if variant in ("linked", "loader") else b""
end = 40 + room + len(body) + len(table)
begin = b"\x1f\x20\x03\xd5" * 2 if variant == "loader" else struct.pack("<II", 0x1400000A + room // 4, 0 if room else 0xD503201F)
data = begin + b"\0" * room + struct.pack("<QQQQ", 0x200000, end, end, end + 4096) + body + table
open(sys.argv[1], "wb").write(data)
PY
