#!/bin/sh
# Motorola S-records of two segments, made by srec_cat. usage: srec.sh OUT [s3|s2|s1|objcopy]
set -eu
out=$1
kind=${2:-s3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" <<'PY'
import random, sys
r = random.Random(8)
open(sys.argv[1] + "/firmware.bin", "wb").write(r.randbytes(3000))
open(sys.argv[1] + "/b", "wb").write(b"second segment of the firmware, v1.2.3\n" * 40)
PY
cd "$dir"
case $kind in
s3) srec_cat firmware.bin -binary -offset 0x08000000 b -binary -offset 0x08014000 -o out -motorola -header 'sample v7' ;;
s2) srec_cat firmware.bin -binary -offset 0x18000 b -binary -offset 0x24000 -o out -motorola -address-length=3 ;;
s1) srec_cat firmware.bin -binary -offset 0x1000 b -binary -offset 0x4000 -o out -motorola -address-length=2 ;;
objcopy) objcopy -I binary -O srec firmware.bin out ;;
esac
mv out "$out"
