#!/bin/sh
# The begin of U-Boot for arm64, its code, its version. usage: uboot_arm64.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - "$out" <<'PY'
import struct, sys
code = (b"u-boot code of the sample\n" * 400)[:9000]
version = b"\0" * 8 + b"U-Boot 2023.01+sample (Nov 14 2023)\0"
end = 40 + len(code) + len(version) + -len(version) % 8
data = struct.pack("<IIQQQQ", 0x1400000A, 0xD503201F, 0x200000, end, end, end + 4096) + code + version
open(sys.argv[1], "wb").write(data + b"\0" * (end - len(data)))
PY
