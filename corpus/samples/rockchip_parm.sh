#!/bin/sh
# A parameter file in its wrapping; kernel: a KRNL. usage: rockchip_parm.sh OUT [kernel]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - "$out" "${2:-}" <<'PY'
import hashlib, struct, sys
import rockchip
text = b"FIRMWARE_VER:8.1\nMACHINE_MODEL:RK3399\nCMDLINE:mtdparts=rk29xxnand:0x2000@0x2000(uboot),-@0x4000(root)\n" * 4
whole = rockchip.parm(rockchip.code("kernel", 3000), b"KRNL") if sys.argv[2] else rockchip.parm(text)
open(sys.argv[1], "wb").write(whole)
PY
