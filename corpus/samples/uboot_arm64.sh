#!/bin/sh
# The begin of U-Boot for arm64, its code, its version. room: with room for a boot header. usage: uboot_arm64.sh OUT [room]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - "$out" "${2:-}" <<'PY'
import struct, sys
code = (b"u-boot code of the sample\n" * 400)[:9000]
version = b"\0" * 8 + b"U-Boot 2023.01+sample (Nov 14 2023)\0"
room = 1528 if sys.argv[2] else 0
end = 40 + room + len(code) + len(version) + -len(version) % 8
data = struct.pack("<II", 0x1400000A + room // 4, 0 if room else 0xD503201F) + b"\0" * room + struct.pack("<QQQQ", 0x200000, end, end, end + 4096) + code + version
open(sys.argv[1], "wb").write(data + b"\0" * (end - len(data)))
PY
