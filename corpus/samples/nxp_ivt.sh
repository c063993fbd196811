#!/bin/sh
# An i.MX boot image with a DCD, made by mkimage; spl: as for an i.MX6 SPL; signed: with a CSF, two certificates and a signature behind it. usage: nxp_ivt.sh OUT [spl|signed]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code boot 9000 > boot
printf 'IMAGE_VERSION 2\nBOOT_FROM sd\nDATA 4 0x020e0774 0x000C0000\nDATA 4 0x020e0754 0\nCHECK_BITS_SET 4 0x020e0750 1\n' > imx.cfg
case "${2:-}" in
    spl) printf 'IMAGE_VERSION 2\nBOOT_FROM sd\n' > imx.cfg; mkimage -T imximage -e 0x908000 -n imx.cfg -d boot "$out" > /dev/null ;;
    signed)
        echo 'CSF 0x2000' >> imx.cfg
        mkimage -T imximage -e 0x17800000 -n imx.cfg -d boot image > /dev/null
        python3 - image "$out" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
offset = struct.unpack("<I", data[24:28])[0] - struct.unpack("<I", data[20:24])[0]
size = struct.unpack("<I", data[36:40])[0] - 0x400
def block(tag, content, version=0x43):
    return bytes([tag]) + struct.pack(">H", 4 + len(content)) + bytes([version]) + content + b"\0" * (-len(content) % 4)
csf = block(0xD4, bytes(range(60))) + block(0xD7, b"first code of the sample\n") + block(0xD7, b"second code of the sample\n") + block(0xD8, b"signature")
data = data[:offset] + b"\0" * (offset - len(data)) + csf
open(sys.argv[2], "wb").write(data + b"\0" * (size - len(data)))
PY
        ;;
    *) mkimage -T imximage -e 0x17800000 -n imx.cfg -d boot "$out" > /dev/null ;;
esac
