#!/bin/sh
# A BOOT.BIN for Zynq UltraScale+ with a partition, made by mkimage; zynq: for Zynq-7000; single: without partitions. usage: xilinx_bootbin.sh OUT [zynq|single]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code loader 9000 > loader
code partition 7000 > partition
case "${2:-}" in
    zynq) mkimage -T zynqimage -d loader "$out" > /dev/null ;;
    single) mkimage -T zynqmpimage -d loader "$out" > /dev/null ;;
    *)
        printf 'image: {\n [bootloader, destination_cpu=a53-0] loader\n [destination_cpu=a53-0, exception_level=el-3, load=0xfffe5000] partition\n}\n' > bif
        mkimage -T zynqmpbif -n bif -d bif "$out" > /dev/null ;;
esac
