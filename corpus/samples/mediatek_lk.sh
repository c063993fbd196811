#!/bin/sh
# A U-Boot with MediaTek's header, made by mkimage; parts: three of them with the newer header. usage: mediatek_lk.sh OUT [parts]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code u-boot 9000 > u-boot
case "${2:-}" in
    parts) python3 - "$out" <<'PY'
import struct, sys
data = b""
for name, load, size in (("lk", 0x46000000, 5000), ("cert1", 0, 900), ("lk_main_dtb", 0, 1201)):
    text = f"{name} code of the sample\n".encode() * 300
    head = struct.pack("<II32sII", 0x58881688, size, name.encode(), load or 0xFFFFFFFF, 0) + struct.pack("<IIIIIII", 0x58891689, 512, 1, 0, 0, 16, 0)
    data += head + b"\xff" * (512 - len(head)) + text[:size]
    data += b"\0" * (-len(data) % 16)
open(sys.argv[1], "wb").write(data[:-7])
PY
    ;;
    *) mkimage -T mtk_image -a 0x41e00000 -n 'lk=1;lkname=U-Boot' -d u-boot "$out" > /dev/null ;;
esac
