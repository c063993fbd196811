#!/bin/sh
# An RKAF archive with three parts and one that is reserved. usage: rockchip_rkaf.sh OUT
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
whole = rockchip.archive()
open(sys.argv[1], "wb").write(whole)
PY
