#!/bin/sh
# An ID block for SD cards with two stages, made by mkimage; spi: for SPI flash; rc4: obfuscated code; rkns: version 2 with hashes. usage: rockchip_idb.sh OUT [spi|rc4|rkns]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ printf 'RK33'; code init 9000; } > init
code boot 5000 > boot
case "${2:-}" in
    spi) mkimage -T rkspi -n rk3399 -d init "$out" > /dev/null ;;
    rc4) { printf 'RK31'; code init 9000; } > init; mkimage -T rksd -n rk3188 -d init:boot "$out" > /dev/null 2>&1 ;;
    rkns) code init 9000 > init; mkimage -T rksd -n rk3568 -d init:boot "$out" > /dev/null ;;
    *) mkimage -T rksd -n rk3399 -d init:boot "$out" > /dev/null ;;
esac
