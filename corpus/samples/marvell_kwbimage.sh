#!/bin/sh
# A version 1 with a binary header, made by mkimage; v0: for Kirkwood; nobinary: a version 1 without one. usage: marvell_kwbimage.sh OUT [v0|nobinary]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code payload 9000 > payload
code header 1000 > binary
case "${2:-}" in
    v0) printf 'BOOT_FROM spi\nDATA 0xFFD100e0 0x1B1B1B9B\nDATA 0x0 0x0\n' > cfg; mkimage -T kwbimage -n cfg -a 0x600000 -e 0x670000 -d payload "$out" > /dev/null ;;
    nobinary) printf 'VERSION 1\nBOOT_FROM sata\n' > cfg; mkimage -T kwbimage -n cfg -a 0x7fffc0 -e 0x800000 -d payload "$out" > /dev/null ;;
    *) printf 'VERSION 1\nBOOT_FROM spi\nBINARY binary 0x5b 0x68\n' > cfg; mkimage -T kwbimage -n cfg -a 0x7fffc0 -e 0x800000 -d payload "$out" > /dev/null ;;
esac
