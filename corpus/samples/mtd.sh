#!/bin/sh
# A dump of raw flash: boot loader, its environment, a kernel (legacy U-Boot image), squashfs, an erased area; and something in it that names
# these parts. usage: mtd.sh OUT [cmdline|devicetree|redboot|redboot-le|qualcomm|mediatek|none]
# The parts stand beside it: OUT.parts/NAME.
set -eu
out=$1 variant=${2:-cmdline}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$(dirname "$0")/squashfs.sh" "$work/rootfs" small > /dev/null
python3 -c 'import random, sys; sys.stdout.buffer.write(b"kernel " * 2000 + random.Random("kernel").randbytes(50000))' > "$work/kernel.bin"
SOURCE_DATE_EPOCH=1700000000 mkimage -A arm -O linux -T kernel -C none -a 0x8000 -e 0x8000 -n sample -d "$work/kernel.bin" "$work/kernel" > /dev/null
printf '/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; flash@0 { compatible = "jedec,spi-nor"; reg = <0 0x80000>;
  partitions { compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
    partition@0 { label = "u-boot"; reg = <0x0 0x10000>; read-only; }; partition@10000 { label = "u-boot-env"; reg = <0x10000 0x10000>; };
    partition@20000 { label = "firmware"; reg = <0x20000 0x50000>; };
    partition@20001 { label = "kernel"; reg = <0x20000 0x20000>; }; partition@40000 { label = "rootfs"; reg = <0x40000 0x30000>; };
    partition@70000 { label = "rootfs_data"; reg = <0x70000 0x10000>; }; }; }; };' | dtc -q -I dts -O dtb -o "$work/dtb"
python3 - "$out" "$variant" "$work" <<'PY'
import os, random, struct, sys, zlib
out, variant, work = sys.argv[1:]
layout = [("u-boot", 0, 0x10000), ("u-boot-env", 0x10000, 0x10000), ("kernel", 0x20000, 0x20000), ("rootfs", 0x40000, 0x30000), ("rootfs_data", 0x70000, 0x10000)]
read = lambda n: open(os.path.join(work, n), "rb").read()
dump = bytearray(b"\xFF" * 0x80000)
def put(at, data):
    dump[at:at + len(data)] = data
put(0, random.Random("boot loader").randbytes(30000))
bootargs = b"console=ttyS0,115200 root=/dev/mtdblock3"
if variant == "cmdline":
    bootargs += b" mtdparts=spi0.0:64k(u-boot),64k(u-boot-env)ro,0x20000@0x20000(kernel),192k(rootfs),-(rootfs_data),320k@128k(firmware)"
env = b"bootargs=" + bootargs + b"\0bootdelay=3\0ethaddr=00:11:22:33:44:55\0\0"
env = env.ljust(0x10000 - 4, b"\xFF")
put(0x10000, struct.pack("<I", zlib.crc32(env)) + env)
put(0x20000, read("kernel"))
put(0x40000, read("rootfs"))
if variant == "devicetree":
    put(0x9000, read("dtb"))
if variant.startswith("redboot"):
    order, base = ">" if variant == "redboot" else "<", 0x50000000
    rows = [(n.encode(), a, s) for n, a, s in layout]
    rows[4] = (b"FIS directory", 0x70000, 0x10000)
    rows[0] = (b"RedBoot", 0, 0x10000)
    directory = b"".join(struct.pack(order + "16sIIIII", n, base + a, 0, s, 0, s).ljust(256, b"\0") for n, a, s in rows)
    put(0x70000, directory)
if variant == "qualcomm":
    rows = [(b"0:" + n.upper().encode(), a >> 16, s >> 16) for n, a, s in layout]
    put(0xA000, struct.pack("<IIII", 0x55EE73AA, 0xE35EBDDB, 3, len(rows)) + b"".join(struct.pack("<16sIII", n, a, s, 0xFF) for n, a, s in rows))
if variant == "mediatek":
    put(0xA000, b"1vTP" + struct.pack("<I", 1) + b"".join(struct.pack("<64sQQQQ", n.encode(), s if n != "rootfs_data" else 0, 0, a, 0) for n, a, s in layout) + bytes(96))
open(out, "wb").write(dump)
os.makedirs(out + ".parts", exist_ok=True)
for n, a, s in layout:
    open(os.path.join(out + ".parts", n), "wb").write(dump[a:a + s])
PY
