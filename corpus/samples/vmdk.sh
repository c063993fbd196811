#!/bin/sh
# A disk image by qemu-img; the disk itself is kept in OUT.raw. usage: vmdk.sh OUT [VARIANT]
#   sparse, stream
set -eu
out=$1 variant=${2:-sparse}
disk=$out.raw
sh "$(dirname "$0")/disk.sh" "$disk"
convert() { qemu-img convert -f raw "$disk" "$@" "$out"; }
case $variant in
sparse) convert -O vmdk ;;
stream) convert -O vmdk -o subformat=streamOptimized ;;
*) echo "vmdk.sh: no such variant: $variant" >&2; exit 2 ;;
esac
