#!/bin/sh
# An eGON boot stage with U-Boot's SPL header, made by mkimage; riscv: for the D1; dtb: a device tree behind the code; vendor: boot0's own header. usage: allwinner_egon.sh OUT [riscv|dtb|vendor]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code spl 9000 > spl.bin
case "${2:-}" in
    riscv) mkimage -T sunxi_egon -A riscv -n sun20i-d1-sample -d spl.bin "$out" > /dev/null ;;
    dtb) board_tree board.dtb; cat spl.bin board.dtb > both; mkimage -T sunxi_egon -A arm -n sun50i-a64-sample -d both "$out" > /dev/null ;;
    vendor) python3 - "$out" <<'PY'
import struct, sys
data = bytearray(struct.pack("<I8sIII", 0xEA00000A, b"eGON.BT1", 0x5F0A6C39, 8192, 48) + b"4.0\0" * 6 + b"spl code of the sample\n" * 100)
data += b"\0" * (8192 - len(data))
data[12:16] = struct.pack("<I", sum(struct.unpack("<2048I", data)) & 0xFFFFFFFF)
open(sys.argv[1], "wb").write(data)
PY
    ;;
    *) mkimage -T sunxi_egon -A arm -n sun50i-a64-sample -d spl.bin "$out" > /dev/null ;;
esac
