#!/bin/sh
# A DTBO partition with two overlays by dtc. usage: android-dtbo.sh OUT
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for n in 1 2; do
    printf '/dts-v1/; /plugin/; / { compatible = "sample,board%d"; fragment@0 { target-path = "/"; __overlay__ { sample = <%d>; }; }; };' $n $n | dtc -q -@ -I dts -O dtb -o "$work/$n.dtbo"
done
python3 - "$1" "$work/1.dtbo" "$work/2.dtbo" <<'PY'
import struct, sys
trees = [open(p, "rb").read() for p in sys.argv[2:]]
at, entries = 32 + 32 * len(trees), b""
for n, t in enumerate(trees):
    entries += struct.pack(">8I", len(t), at, 0x100 + n, n, 0, 0, 0, 0)
    at += len(t)
open(sys.argv[1], "wb").write(struct.pack(">8I", 0xD7B7AB1E, at, 32, 32, len(trees), 32, 4096, 0) + entries + b"".join(trees))
PY
