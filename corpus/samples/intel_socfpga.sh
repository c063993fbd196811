#!/bin/sh
# A preloader for Cyclone V, made by mkimage; arria10: for Arria 10. usage: intel_socfpga.sh OUT [arria10]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code spl 9000 > spl
case "${2:-}" in
    arria10) mkimage -T socfpgaimage_v1 -d spl "$out" > /dev/null ;;
    *) mkimage -T socfpgaimage -d spl "$out" > /dev/null ;;
esac
