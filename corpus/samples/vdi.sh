#!/bin/sh
# A disk image by qemu-img; the disk itself is kept in OUT.raw. usage: vdi.sh OUT [VARIANT]
#   dynamic, fixed
set -eu
out=$1 variant=${2:-dynamic}
disk=$out.raw
sh "$(dirname "$0")/disk.sh" "$disk"
convert() { qemu-img convert -f raw "$disk" "$@" "$out"; }
case $variant in
dynamic) convert -O vdi ;;
fixed) convert -O vdi -o static=on ;;
*) echo "vdi.sh: no such variant: $variant" >&2; exit 2 ;;
esac
