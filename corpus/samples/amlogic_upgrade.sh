#!/bin/sh
# An upgrade package of version 2 with three items and a checksum; v1: of version 1. usage: amlogic_upgrade.sh OUT [v1]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - "$out" "${2:-}" <<'PY'
import hashlib, struct, sys, zlib
version = 1 if sys.argv[2] else 2
width = 32 if version == 1 else 256
def text(tag, size): return (f"{tag} code of the sample\n".encode() * 1000)[:size]
boot = text("boot", 5000)
items = [(b"USB", b"DDR", text("ddr", 3000)), (b"PARTITION", b"boot", boot), (b"VERIFY", b"boot", b"sha1sum " + hashlib.sha1(boot).hexdigest().encode()),
         (b"conf", b"platform", text("conf", 200))]
at = 64 + len(items) * (96 - 32 + 2 * width)
rows, data = b"", b""
for number, (kind, name, content) in enumerate(items):
    rows += struct.pack(f"<IIQQQ{width}s{width}sIHH24s", number, 0, 0, at + len(data), len(content), kind, name, name == b"boot", 0, 0, b"")
    data += content + b"\0" * (-len(content) % 8)
body = struct.pack("<IIQII36s", version, 0x27B51956, at + len(data), 4, len(items), b"") + rows + data
open(sys.argv[1], "wb").write(struct.pack("<I", zlib.crc32(body) ^ 0xFFFFFFFF) + body)
PY
