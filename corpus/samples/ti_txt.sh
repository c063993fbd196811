#!/bin/sh
# TI-TXT of two sections, made by srec_cat; or a Verilog memory, made by objcopy. usage: ti_txt.sh OUT [ti-txt|verilog]
set -eu
out=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" <<'PY'
import random, sys
r = random.Random(9)
open(sys.argv[1] + "/a", "wb").write(r.randbytes(3001))
open(sys.argv[1] + "/b", "wb").write(b"interrupt vectors, as it were\n" * 20)
PY
if [ "${2:-ti-txt}" = verilog ]; then
    objcopy -I binary -O verilog --change-addresses 0x8000 "$dir/a" "$dir/out"
else
    srec_cat "$dir/a" -binary -offset 0xC000 "$dir/b" -binary -offset 0xF000 -o "$dir/out" -ti_txt
fi
mv "$dir/out" "$out"
