#!/bin/sh
# A boot image: 0 to 2 by mkbootimg, 3 and 4 and vendor_boot from the published layout. usage: android-boot.sh OUT [0|1|2|3|4|vendor3|vendor4]
# The parts stand beside it: OUT.kernel, OUT.ramdisk, OUT.dtb.
set -eu
out=$1 variant=${2:-2}
python3 - "$out" <<'PY'
import random, sys
r = random.Random("boot")
open(sys.argv[1] + ".kernel", "wb").write(b"kernel " * 900 + r.randbytes(9000))
open(sys.argv[1] + ".ramdisk", "wb").write(b"ramdisk " * 700)
open(sys.argv[1] + ".dtb", "wb").write(b"device tree " * 200)
PY
case $variant in
0 | 1 | 2)
    [ "$variant" != 2 ] || set -- --dtb "$out.dtb"
    [ "$variant" = 2 ] || set --
    mkbootimg --header_version "$variant" --kernel "$out.kernel" --ramdisk "$out.ramdisk" --second "$out.dtb" "$@" --pagesize 2048 --board sample --os_version 13.0.0 --os_patch_level 2024-05 \
        --cmdline "console=ttyS0 androidboot.hardware=sample" -o "$out"
    ;;
*)
    python3 - "$out" "$variant" <<'PY'
import struct, sys
out, variant = sys.argv[1:]
read = lambda n: open(out + "." + n, "rb").read()
kernel, ramdisk, dtb = read("kernel"), read("ramdisk"), read("dtb")
pad = lambda b, page=4096: b + b"\0" * (-len(b) % page)
os_version = ((13 << 14) << 11) | ((24 << 4) | 5)
cmdline = b"console=ttyS0 androidboot.hardware=sample"
if variant in ("3", "4"):
    signature = b"S" * 4096 if variant == "4" else b""
    header = struct.pack("<8sIIII4II1536s", b"ANDROID!", len(kernel), len(ramdisk), os_version, 1580 + 4 * (variant == "4"), 0, 0, 0, 0, int(variant), cmdline)
    if variant == "4":
        header += struct.pack("<I", len(signature))
    image = pad(header) + pad(kernel) + pad(ramdisk) + pad(signature)
else:
    version = int(variant[-1])
    header = struct.pack("<8sIIIII2048sI16sIIQ", b"VNDRBOOT", version, 4096, 0x8000, 0x1000000, len(ramdisk) + (len(kernel) if version == 4 else 0),
                         cmdline, 0, b"sample", 2112 + (16 if version == 4 else 0), len(dtb), 0x1F00000)
    if version == 3:
        image = pad(header) + pad(ramdisk) + pad(dtb)
    else:
        entry = lambda size, at, kind, name: struct.pack("<III32s16I", size, at, kind, name, *[0] * 16)
        table = entry(len(ramdisk), 0, 1, b"") + entry(len(kernel), len(ramdisk), 2, b"recovery")
        config = b"androidboot.sample=1\n"
        header += struct.pack("<IIII", len(table), 2, 108, len(config))
        image = pad(header) + pad(ramdisk + kernel) + pad(dtb) + pad(table) + pad(config)
open(out, "wb").write(image)
PY
    ;;
esac
