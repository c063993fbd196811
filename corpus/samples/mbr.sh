#!/bin/sh
# A disk with an MBR: a FAT-like primary, an extended partition with two logical ones, a Linux one; each holds a different known text.
# usage: mbr.sh OUT
set -eu
PATH=$PATH:/sbin:/usr/sbin
out=$1
rm -f "$out"
truncate -s 512K "$out"
sfdisk -q "$out" <<'TABLE'
label: dos
label-id: 0x12345678
start=8, size=64, type=c, bootable
start=80, size=512, type=f
start=88, size=32, type=83
start=128, size=64, type=82
start=700, size=200, type=83
TABLE
n=0
for sector in 8 88 128 700; do
    n=$((n + 1))
    seq 1 400 | sed "s/\$/ of the partition with number $n/" | head -c 12000 | dd of="$out" bs=512 seek=$sector conv=notrunc 2> /dev/null
done
