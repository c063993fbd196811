#!/bin/sh
# A TOC1 with three items; encrypted: one of them is. usage: allwinner_toc1.sh OUT [encrypted]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code u-boot 9000 > u-boot
code monitor 5000 > monitor
code board-config 900 > config
python3 - "$out" "${2:-}" <<'PY'
import struct, sys
parts = [("u-boot", 0x4A000000, 0), ("monitor", 0x48000000, 0), ("board-config", 0, 1 if sys.argv[2] else 0)]
offset, items, data = 0x800, b"", b""
for index, (name, load, encrypt) in enumerate(parts):
    content = open({"board-config": "config"}.get(name, name), "rb").read()
    items += struct.pack("<64sIIIIII276s4s", name.encode(), offset + len(data), len(content), encrypt, 3, load, index, b"", b"IIE;")
    data += content + b"\0" * (-len(content) % 1024)
whole = bytearray(struct.pack("<16sIIIIIIII12s4s", b"sunxi-package", 0x89119800, 0x5F0A6C39, 7, 0, 3, offset + len(data), 1, 0, b"", b"MIE;") + items)
whole = bytearray(whole + b"\0" * (offset - len(whole)) + data)
whole[20:24] = struct.pack("<I", sum(struct.unpack(f"<{len(whole) // 4}I", whole)) & 0xFFFFFFFF)
open(sys.argv[1], "wb").write(whole)
PY
