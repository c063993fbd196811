#!/bin/sh
# A FAT volume with short and long names. The same bytes each time.
# usage: fat.sh OUT [12|16|32|deleted] [TREE] [mkfs.vfat option …]
#   TREE: plain (default), names, big, deep; deleted: FAT32 of which files and a directory were deleted
set -eu
out=$1
kind=${2:-12}
tree=${3:-plain}
[ $# -lt 3 ] && shift $# || shift 3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=1600000000 MTOOLS_SKIP_CHECK=1
mkdir "$work/tree"
case $tree in
names)
    i=0
    mkdir "$work/tree/many" "$work/tree/Łódź"
    echo long > "$work/tree/$(printf '%0250d' 0 | tr 0 n)"
    echo one > "$work/tree/Łódź/ąęć – dash.txt"
    echo lower > "$work/tree/lower.txt"
    echo upper > "$work/tree/UPPER.TXT"
    echo mixed > "$work/tree/mixed.TXT"
    echo spaces > "$work/tree/a name with  spaces"
    echo dots > "$work/tree/.many.dots.in.it"
    echo pair > "$work/tree/$(printf '\360\237\222\276').disk"
    while [ "$i" -lt 300 ]; do
        echo "$i" > "$work/tree/many/entry number $i"
        i=$((i + 1))
    done
    ;;
*) sh "$here/tree.sh" "$work/tree" "$tree" ;;
esac
[ "$tree" != big ] || rm -rf "$work/tree/dev" "$work/tree/bin/ash" "$work/tree/etc/dangling" "$work/tree/etc/long-target"
find "$work/tree" -exec touch -h -d @1600000000 {} +
type=$kind
case $kind in 12) size=360 ;; 16) size=2200 ;; 32) size=34000 ;; deleted) size=34000 type=32 ;; *) echo "fat.sh: no kind $kind" >&2; exit 2 ;; esac
[ "$tree" != big ] || size=40000
case "$*" in *4096*) size=$((size * 8)) ;; esac
[ "$kind" = 12 ] || set -- -s 1 "$@"
rm -f "$out"
mkfs.vfat -C -F "$type" --invariant -n SAMPLE "$@" "$out" "$size" > /dev/null
if [ "$kind" = deleted ]; then
    mkdir "$work/tree/Gone for good" "$work/tree/Gone for good/below"
    echo secret > "$work/tree/Gone for good/below/a secret text"
    seq 1 900 > "$work/tree/Gone for good/numbers.txt"
    seq 1 300 > "$work/tree/etc/GONE.TXT"
    find "$work/tree" -exec touch -h -d @1600000000 {} +
fi
for item in "$work/tree"/* "$work/tree"/.[!.]*; do
    [ ! -e "$item" ] || mcopy -s -m -Q -i "$out" "$item" ::
done
if [ "$kind" = deleted ]; then
    mdel -i "$out" ::etc/GONE.TXT
    mdeltree -i "$out" "::Gone for good"
fi
