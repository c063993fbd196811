#!/bin/sh
# A disk image by qemu-img; the disk itself is kept in OUT.raw. usage: qcow2.sh OUT [VARIANT]
#   v3, v2, v1, compressed, zstd, small-clusters, extended, snapshot, backing, encrypted
set -eu
out=$1 variant=${2:-v3}
disk=$out.raw
sh "$(dirname "$0")/disk.sh" "$disk"
convert() { qemu-img convert -f raw "$disk" "$@" "$out"; }
case $variant in
v3) convert -O qcow2 ;;
v2) convert -O qcow2 -o compat=0.10 ;;
v1) convert -O qcow ;;
compressed) convert -c -O qcow2 ;;
zstd) convert -c -O qcow2 -o compression_type=zstd ;;
small-clusters) convert -O qcow2 -o cluster_size=512 ;;
extended) convert -O qcow2 -o extended_l2=on,cluster_size=16k ;;
snapshot) # the disk as it is, then written to
    convert -O qcow2
    qemu-img snapshot -c before "$out"
    qemu-io -f qcow2 -c 'write -q -P 0x41 500k 64k' "$out"
    dd if=/dev/zero bs=1k count=64 2> /dev/null | tr '\0' A | dd of="$disk" bs=1k seek=500 conv=notrunc 2> /dev/null ;;
backing) qemu-img create -q -f qcow2 -b "$(basename "$disk")" -F raw "$out" ;;
encrypted) convert --object secret,id=s,data=secret -O qcow2 -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 ;;
*) echo "qcow2.sh: no such variant: $variant" >&2; exit 2 ;;
esac
