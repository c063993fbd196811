#!/bin/sh
# An IMAGEWTY of version 3 with three files; v1: of version 1. usage: allwinner_imagewty.sh OUT [v1]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - "$out" "${2:-}" <<'PY'
import struct, sys
v1 = bool(sys.argv[2])
def text(tag, size): return (f"{tag} code of the sample\n".encode() * 1000)[:size]
files = [("sys_config.fex", "COMMON", "SYS_CONFIG100000", text("config", 700)), ("boot0_nand.fex", "BOOT", "BOOT0_0000000000", text("boot0", 5000)),
         ("boot.fex", "RFSFAT16", "BOOT_FEX00000000", text("boot", 9000))]
at, rows, data = 1024 * (len(files) + 1), b"", b""
for name, kind, sub, content in files:
    stored = len(content) + -len(content) % 512
    head = struct.pack("<II8s16sI", 256, 1024, kind.encode(), sub.encode(), 0)
    if v1:
        row = head + struct.pack("<IIII256s", stored, len(content), at + len(data), 0, name.encode())
    else:
        row = head + struct.pack("<256sQQQ", name.encode(), stored, len(content), at + len(data))
    rows += row + b"\0" * (1024 - len(row))
    data += content + b"\0" * (stored - len(content))
head = struct.pack("<8sIIIII", b"IMAGEWTY", 0x100 if v1 else 0x300, 80 if v1 else 96, 0x04D00000, 0x100234, at + len(data))
head += b"" if v1 else struct.pack("<I", 0)
head += struct.pack("<IIIIIIII", 1024, 0x1234, 0x8743, 0x100, 0x101, 1, 1024, len(files)) + struct.pack("<I", 1024)
open(sys.argv[1], "wb").write(head + b"\0" * (1024 - len(head)) + rows + data)
PY
