#!/bin/sh
# An image of Windows. usage: wim.sh OUT [xpress|lzx|none|two-images|solid]. Its GUID and its XML's times differ each time.
set -eu
out=$1 variant=${2:-xpress}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/Windows/System32" "$work/tree/empty"
python3 - "$work/tree" <<'PY'
import random, sys
root = sys.argv[1]
r = random.Random(11)
put = lambda name, data: open(root + "/" + name, "wb").write(data)
put("readme.txt", b"read me\n")
put("copy of readme.txt", b"read me\n")
put("lines.txt", b"".join(b"line %d is %d\n" % (i, i * i) for i in range(2500)))
put("random.bin", r.randbytes(5000))
put("zero", b"")
put("Windows/zeros.bin", bytes(70000) + b"end" + b"abc" * 30000)
calls = bytearray()
for i in range(3000):
    calls += b"\xe8" + (0x1000 - len(calls) if i % 3 else r.randrange(1 << 32)).to_bytes(4, "little", signed=i % 3 != 0) + b"\x8b\x45" + bytes([i & 7])
put("Windows/System32/caf\u00e9.dll", bytes(calls))
put("Windows/mixed.bin", b"".join(r.randbytes(r.randrange(1, 40)) + b"between " * r.randrange(1, 9) for i in range(250)))
PY
ln -s readme.txt "$work/tree/link"
find "$work/tree" -exec touch -h -d @1700000000 {} +
case $variant in
none | lzx | xpress) options=--compress=$variant ;;
two-images) options=--compress=xpress ;;
solid) options=--solid ;;
esac
wimcapture "$work/tree" "$work/out.wim" "name" $options --check > /dev/null
if [ "$variant" = two-images ]; then
    printf 'second\n' > "$work/tree/second.txt"
    touch -d @1700000000 "$work/tree/second.txt"
    wimappend "$work/tree" "$work/out.wim" "other" > /dev/null
    wimoptimize "$work/out.wim" > /dev/null
fi
mv "$work/out.wim" "$out"
