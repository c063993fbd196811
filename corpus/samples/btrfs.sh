#!/bin/sh
# A btrfs. UUIDs are always the same; times of the making and what the kernel decides are not.
# usage: btrfs.sh OUT [KIND] [size=BYTES] [mkfs.btrfs option …]
#   KIND of tree.sh (default small)  mixed groups, filled and shrunk by mkfs.btrfs: needs no mount
#   rich       all compressions, shared and preallocated extents, holes, xattrs, subvolumes and snapshots: needs root and a kernel that mounts it
#   nested     subvolumes in subvolumes, in snapshots, moved; the default one is not the top level
#   deleted    a subvolume deleted and not yet cleaned up
#   open       files written and synced since the last commit: with a log tree
#   raid       the first of several devices; needs DEVICES=N in the place of size, and -d and -m
set -eu
export LC_ALL=C
samples=$(dirname "$0")
out=$1
shift
kind=small
case ${1-} in
'' | -*) ;;
*)
    kind=$1
    shift
    ;;
esac
size=
devices=1
case ${1-} in
size=*)
    size=${1#size=}
    shift
    ;;
DEVICES=*)
    devices=${1#DEVICES=}
    shift
    ;;
esac
work=$(mktemp -d)
mounted=
loops=
trap '[ -z "$mounted" ] || umount "$mounted"; for loop in $loops; do losetup -d "$loop"; done; rm -rf "$work"' EXIT
umask 022
rm -f "$out"
uuid=5ca1ab1e-0000-4000-8000-0000000b7f55

open_it() { # [MOUNT OPTION]
    mkdir -p "$work/mnt"
    mount -t btrfs -o "loop,noatime${1+,$1}" "$out" "$work/mnt"
    mounted=$work/mnt
}
# What was written over stays in unallocated blocks until it is trimmed.
close_it() {
    sync -f "$mounted"
    fstrim "$mounted" 2> /dev/null || :
    umount "$mounted"
    mounted=
}

rich() {
    sh "$samples/tree.sh" "$work/tree" xattrs
    sh "$samples/tree.sh" "$work/tree/big" big
    for compression in zlib lzo zstd; do
        mount -o "remount,compress-force=$compression" "$work/mnt"
        cp -a "$work/tree" "$work/mnt/$compression"
        sync -f "$work/mnt"
    done
    mount -o remount,compress=no "$work/mnt"
    cp -a "$work/tree/." "$work/mnt/"
    sh "$samples/tree.sh" "$work/names" names
    cp -a "$work/names" "$work/mnt/names"
    sync -f "$work/mnt"
    cd "$work/mnt"
    fallocate -l 300000 preallocated
    printf 'in the middle' | dd of=preallocated bs=1 seek=150000 conv=notrunc status=none
    cp --reflink=always big/text shared
    cp --reflink=always zstd/big/text shared-compressed
    printf 'changed' | dd of=shared bs=1 seek=500000 conv=notrunc status=none
    printf 'changed' | dd of=shared-compressed bs=1 seek=500000 conv=notrunc status=none
    fallocate -p -o 100000 -l 200000 shared
    touch no-checksums
    chattr +C no-checksums
    cat "$work/tree/big/noise" > no-checksums
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.large", b"v" * 3000); os.symlink("x" * 3000, "long-link")' bin/busybox
    btrfs -q subvolume create sub > /dev/null
    cp -a "$work/tree/bin" sub/bin
    btrfs -q subvolume snapshot -r sub snapshot > /dev/null
    btrfs -q subvolume snapshot sub lib/writable > /dev/null
    echo new > lib/writable/new
    rm lib/writable/bin/tool
    cd - > /dev/null
}

case $kind in
rich)
    truncate -s "${size:-192M}" "$out"
    mkfs.btrfs -q -f -U $uuid "$@" "$out" > /dev/null
    open_it
    rich
    close_it
    ;;
nested)
    truncate -s "${size:-128M}" "$out"
    mkfs.btrfs -q -f -U $uuid "$@" "$out" > /dev/null
    open_it
    cd "$work/mnt"
    for directory in sub sub/nested sub/nested/deeper; do
        btrfs -q subvolume create $directory > /dev/null
        echo $directory > $directory/file
    done
    btrfs -q subvolume snapshot sub snapshot > /dev/null
    btrfs -q subvolume snapshot sub/nested snapshot/elsewhere > /dev/null
    mv sub/nested/deeper moved
    btrfs subvolume set-default sub
    cd - > /dev/null
    close_it
    ;;
deleted)
    truncate -s "${size:-128M}" "$out"
    mkfs.btrfs -q -f -U $uuid "$@" "$out" > /dev/null
    open_it
    sh "$samples/tree.sh" "$work/tree" plain
    cp -a "$work/tree/." "$work/mnt/"
    btrfs -q subvolume create "$work/mnt/gone" > /dev/null
    cp -a "$work/tree/bin" "$work/mnt/gone/bin"
    sync -f "$work/mnt"
    exec 9< "$work/mnt/gone/bin/tool" # keeps the cleaner away
    btrfs -q subvolume delete -c "$work/mnt/gone" > /dev/null
    sync -f "$work/mnt"
    cp "$out" "$work/copy"
    exec 9<&-
    close_it
    mv "$work/copy" "$out"
    ;;
open)
    truncate -s "${size:-128M}" "$out"
    mkfs.btrfs -q -f -U $uuid "$@" "$out" > /dev/null
    open_it commit=300
    sh "$samples/tree.sh" "$work/tree" plain
    cp -a "$work/tree/." "$work/mnt/"
    sync -f "$work/mnt"
    python3 -c 'import os, sys; f = open(sys.argv[1], "wb"); f.write(b"synced\n"); f.flush(); os.fsync(f.fileno())' "$work/mnt/only-in-the-log"
    cp "$out" "$work/copy"
    close_it
    mv "$work/copy" "$out"
    ;;
raid)
    i=0
    while [ "$i" -lt "$devices" ]; do
        truncate -s 128M "$work/$i"
        loops="$loops $(losetup -f --show "$work/$i")"
        i=$((i + 1))
    done
    mkfs.btrfs -q -f -U $uuid "$@" $loops > /dev/null 2>&1
    btrfs device scan $loops > /dev/null
    mkdir "$work/mnt"
    mount -t btrfs "$(echo $loops | cut -d ' ' -f 1)" "$work/mnt"
    mounted=$work/mnt
    sh "$samples/tree.sh" "$work/tree" big
    cp -a "$work/tree/." "$work/mnt/"
    close_it
    btrfs device scan --forget $loops > /dev/null || :
    mv "$work/0" "$out"
    ;;
*)
    sh "$samples/tree.sh" "$work/tree" "$kind"
    if [ -n "$size" ]; then
        truncate -s "$size" "$out"
        mkfs.btrfs -q -f -U $uuid --rootdir "$work/tree" "$@" "$out" > /dev/null
    else
        mkfs.btrfs -q -f -U $uuid --rootdir "$work/tree" --shrink --mixed "$@" "$out" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    fi
    ;;
esac
