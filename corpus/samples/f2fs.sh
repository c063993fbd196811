#!/bin/sh
# An F2FS with every kind of inode and content; as small as mkfs.f2fs allows, which are 22 MiB where it may be read-only and else 64 MiB.
# usage: f2fs.sh OUT [TREE] [CHANGE …] [-O FEATURES]
#   TREE: links (default; sload.f2fs makes no devices), names, deep, sparse, big, empty, one, indirect (one file of 14 MB)
#   CHANGE: what f2fs-edit.py makes of it; the default is inline xattrs compressed
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
[ $# -gt 0 ] || set -- links inline xattrs compressed -O ro,extra_attr,inode_checksum,sb_checksum,compression
here=$(dirname "$0")
tree=$1
shift
changes=
features=
while [ $# -gt 0 ]; do
    if [ "$1" = -O ]; then
        features=$2
        shift
    else
        changes="$changes $1"
    fi
    shift
done
size=64M
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
case $tree in
names | big | sparse) size=80M ;;
indirect) size=128M ;;
esac
case ",$features," in *,ro,*) size=$((${size%M} - 42))M ;; esac
if [ "$tree" = indirect ]; then
    mkdir "$root/tree"
    seq 1 1900000 >"$root/tree/large"
    touch -d @1600000000 "$root/tree/large" "$root/tree"
else
    sh "$here/tree.sh" "$root/tree" "$tree"
fi
rm -f "$out"
truncate -s "$size" "$out"
mkfs.f2fs -q -f -r -T 1600000000 -l sample -U 00112233-4455-6677-8899-aabbccddeeff ${features:+-O "$features"} "$out" >/dev/null
# It ends with a check of its own work, which mends the checksums of inodes that it left out: then it says 1.
sload.f2fs -f "$root/tree" -T 1600000000 -P "$out" >/dev/null || [ $? = 1 ]
# The version of the kernel that runs here is no part of the sample.
python3 - "$out" <<'PY'
import binascii
import struct
import sys

with open(sys.argv[1], "r+b") as image:
    for at in 1024, 4096 + 1024:
        image.seek(at)
        block = bytearray(image.read(3072))
        block[1668:1668 + 512] = (b"Linux version 6.1.0".ljust(256, b"\0")) * 2
        if block[32:36] == struct.pack("<I", 3068):
            block[3068:] = struct.pack("<I", binascii.crc32(bytes(block[:3068]), 0xF2F52010 ^ 0xFFFFFFFF) ^ 0xFFFFFFFF)
        image.seek(at)
        image.write(block)
PY
# shellcheck disable=SC2086 # words on purpose
[ -z "$changes" ] || python3 "$here/f2fs-edit.py" "$out" $changes
