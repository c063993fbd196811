#!/bin/sh
# An RKFW update image with a loader, an archive and its MD5; old: without the MD5. usage: rockchip_rkfw.sh OUT [old]
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
loader, update = rockchip.loader(), rockchip.archive()
whole = struct.pack("<4sHIIHBBBBBIIIIIIIII45s", b"RKFW", 102, 0x08010000, 0x02000000, 2023, 11, 14, 22, 13, 20, 0x33333043, 102, len(loader),
                    102 + len(loader), len(update), 0, 1, 0, 0, b"") + loader + update
if not sys.argv[2]:
    whole += hashlib.md5(whole).hexdigest().encode()
open(sys.argv[1], "wb").write(whole)
PY
