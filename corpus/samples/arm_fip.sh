#!/bin/sh
# A firmware image package with three images, a certificate, a configuration and an image of unknown UUID, made by fiptool. usage: arm_fip.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code bl2 5000 > bl2
code bl31 7001 > bl31
code bl33 9000 > bl33
code certificate 700 > cert
board_tree fw.dtb
code blob 300 > blob
fiptool create --tb-fw bl2 --soc-fw bl31 --nt-fw bl33 --tb-fw-cert cert --fw-config fw.dtb \
    --blob uuid=01234567-89ab-cdef-0123-456789abcdef,file=blob "$out"
