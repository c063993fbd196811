#!/bin/sh
# A preloader for eMMC, made by mkimage; nand: for SPI NAND; nor: for SPI NOR; gfh: what the device's headers precede. usage: mediatek_preloader.sh OUT [nand|nor|gfh]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code preloader 9000 > spl
case "${2:-}" in
    nand) mkimage -T mtk_image -a 0x201000 -n 'media=snand;nandinfo=2k+64' -d spl "$out" > /dev/null ;;
    nor) mkimage -T mtk_image -a 0x201000 -n 'media=nor' -d spl "$out" > /dev/null ;;
    gfh) mkimage -T mtk_image -a 0x201000 -n 'media=emmc' -d spl image > /dev/null; tail -c +1537 image > "$out" ;;
    *) mkimage -T mtk_image -a 0x201000 -n 'media=emmc' -d spl "$out" > /dev/null ;;
esac
