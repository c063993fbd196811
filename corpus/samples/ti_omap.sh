#!/bin/sh
# An MLO made by mkimage. usage: ti_omap.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code spl 9000 > spl
mkimage -T omapimage -a 0x40300000 -d spl "$out" > /dev/null
