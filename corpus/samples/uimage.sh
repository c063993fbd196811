#!/bin/sh
# A U-Boot legacy image, made by mkimage. usage: uimage.sh OUT [kernel|multi|script]
set -eu
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
yes 'kernel text, repeated' | head -n 2000 | gzip -n9 > "$work/kernel"
yes 'root file system' | head -n 100 | head -c 1001 > "$work/ramdisk"
printf 'echo booting\nbootm 0x80000000\n' > "$work/script"
case "${2:-kernel}" in
kernel) mkimage -A mips -O linux -T kernel -C gzip -a 0x80001000 -e 0x80001234 -n 'Sample Linux-5.4' -d "$work/kernel" "$1" ;;
multi)  mkimage -A arm -O linux -T multi -C none -n 'Two parts' -d "$work/ramdisk:$work/kernel" "$1" ;;
script) mkimage -A arm -O linux -T script -C none -n 'Boot script' -d "$work/script" "$1" ;;
esac > /dev/null
