#!/bin/sh
# An Intel HEX file of two segments, made by srec_cat. usage: ihex.sh OUT [linear|segmented|plain|unordered|universal]
#   segmented  addresses of 20 bits   plain      16 bits, made by objcopy   unordered  the second half of the lines first
#   universal  micro:bit's universal hex for two boards, and records behind the end
set -eu
out=$1
kind=${2:-linear}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" <<'PY'
import random, sys
r = random.Random(7)
open(sys.argv[1] + "/a", "wb").write(r.randbytes(3000))
open(sys.argv[1] + "/b", "wb").write(b"second segment of the firmware, v1.2.3\n" * 40)
PY
case $kind in
linear)
    srec_cat "$dir/a" -binary -offset 0x0800F800 "$dir/b" -binary -offset 0x08014000 -o "$dir/out" -intel -execution-start-address 0x0800F805 ;;
segmented)
    srec_cat "$dir/a" -binary -offset 0xF800 "$dir/b" -binary -offset 0x14000 -o "$dir/out" -intel -address-length=3 ;;
plain)
    objcopy -I binary -O ihex "$dir/a" "$dir/out" ;;
unordered)
    srec_cat "$dir/a" -binary -offset 0x100 "$dir/b" -binary -offset 0x4000 -o "$dir/first" -intel -disable=header
    grep -v '^:00000001' "$dir/first" > "$dir/lines"
    half=$(($(wc -l < "$dir/lines") / 2))
    { tail -n +$((half + 1)) "$dir/lines"; head -n $half "$dir/lines"; echo ':00000001FF'; } > "$dir/out" ;;
universal)
    python3 - "$dir" <<'PY'
import sys
def record(kind, address, data):
    line = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (line + bytes([-sum(line) & 255])).hex().upper() + "\n"
out = ""
for board, kind, text in ((0x9900, 0, b"for the first board "), (0x9903, 0x0D, b"for the other board ")):
    out += record(4, 0, b"\0\0") + record(0x0A, 0, board.to_bytes(2, "big") + b"\xC0\xDE")
    for n in range(0, 400, 16):
        out += record(kind, n, (text * 20)[n:n + 16])
    out += record(0x0C, 0, b"\xFF" * 12) + record(0x0B, 0, b"")
out += record(1, 0, b"") + record(0, 0x200, b"behind the end  ") + record(1, 0, b"")
open(sys.argv[1] + "/out", "w").write(out)
PY
    ;;
esac
mv "$dir/out" "$out"
