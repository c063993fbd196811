#!/bin/sh
# A dump of memory as text. usage: hexdump.sh OUT [xxd|bytes|canonical|bootlog|words]
#   bytes  xxd -g1 -c20 from an address   canonical  hexdump -C   bootlog  U-Boot's md.l in a log   words  xxd -e
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir/in" <<'PY'
import random, sys
data = b"  leading blanks, then text that ends in blanks      " + random.Random(4).randbytes(1500) + bytes(600) + b"|bars| and : colons" + bytes(range(256))
open(sys.argv[1], "wb").write(data + bytes(-len(data) % 16))
PY
case ${2:-xxd} in
xxd) xxd "$dir/in" ;;
bytes) xxd -g1 -c20 -o 0x1000 "$dir/in" ;;
canonical) hexdump -C "$dir/in" ;;
words) xxd -e "$dir/in" ;;
bootlog)
    python3 - "$dir/in" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
print("\nU-Boot 2019.07 (Jan 01 2020 - 00:00:00 +0000)\n\nDRAM:  64 MiB\n=> md.l 0x80000000 0x%x" % (len(data) // 4))
for at in range(0, len(data), 16):
    words = " ".join("%08x" % word for word in struct.unpack("<4I", data[at:at + 16]))
    print("%08x: %s    %s" % (0x80000000 + at, words, "".join(chr(c) if 32 <= c < 127 else "." for c in data[at:at + 16])))
print("=> reset\nresetting ...")
PY
    ;;
esac > "$1"
