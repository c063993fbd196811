#!/bin/sh
# A TOC0 with key, certificate and firmware, made and signed by mkimage with a fixed key. usage: allwinner_toc0.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code firmware 9000 > spl.bin
rsa_key root_key.pem
cp root_key.pem fw_key.pem
mkimage -T sunxi_toc0 -A arm64 -a 0x20060 -d spl.bin "$out" > /dev/null 2>&1
