#!/bin/sh
# A disk with a GPT: named partitions, one with a name twice, one without a name, one whose name is no file name. usage: gpt.sh OUT
set -eu
PATH=$PATH:/sbin:/usr/sbin
out=$1
rm -f "$out"
truncate -s 512K "$out"
sfdisk -q "$out" <<'TABLE'
label: gpt
label-id: 11111111-2222-3333-4444-555555555555
first-lba: 34
start=40, size=64, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=00000000-0000-0000-0000-000000000001, name="EFI System"
start=120, size=64, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=00000000-0000-0000-0000-000000000002, name="rootfs"
start=200, size=64, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=00000000-0000-0000-0000-000000000003, name="rootfs"
start=280, size=64, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=00000000-0000-0000-0000-000000000004
start=360, size=64, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=00000000-0000-0000-0000-000000000005, name="a/b Größe"
TABLE
n=0
for sector in 40 120 200 280 360; do
    n=$((n + 1))
    seq 1 400 | sed "s/\$/ of the partition with number $n/" | head -c 12000 | dd of="$out" bs=512 seek=$sector conv=notrunc 2> /dev/null
done
