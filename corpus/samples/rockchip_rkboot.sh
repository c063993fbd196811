#!/bin/sh
# A loader with memory setup, USB loader and two stages for flash; rc4: obfuscated; boot: with the older tag. usage: rockchip_rkboot.sh OUT [rc4|boot]
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
whole = rockchip.loader(sys.argv[2] != "rc4", b"BOOT" if sys.argv[2] == "boot" else b"LDR ")
open(sys.argv[1], "wb").write(whole)
PY
