#!/bin/sh
# An NTFS volume with directories, streams, hard and symbolic links, compressed and sparse files. What is made without a mount (flat) is the
# same each time where faketime is installed; a mount leaves its own times of creation. usage: ntfs.sh OUT [small|compressed|deleted|flat] [CLUSTER] [TREE] [KILOBYTES]
#   flat: only files in the root, which works without a mount; also what becomes of the others where ntfs-3g cannot mount
#   TREE: links (default), small (with devices), names, sparse, big, deep
set -eu
out=$1
kind=${2:-small}
cluster=${3:-1024}
tree=${4:-links}
case "$kind $cluster $tree" in "small 1024 links" | flat*) size=1100 ;; *) size=2048 ;; esac
size=${5:-$size}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap '! mountpoint -q "$work/mnt" || umount "$work/mnt"; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC

faked() { if command -v faketime > /dev/null; then faketime -f '2020-09-13 12:26:40' "$@"; else "$@"; fi; }
rm -f "$out"
truncate -s "${size}K" "$out"
faked mkntfs -F -Q -q -L SAMPLE -s 512 -c "$cluster" -p 0 -H 16 -S 63 "$out" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# The serial number is drawn by lot.
python3 - "$out" <<'PY'
import struct, sys
with open(sys.argv[1], "r+b") as f:
    sectors, = struct.unpack_from("<Q", f.read(512), 0x28)
    for sector in (0, sectors):
        f.seek(sector * 512 + 0x48)
        f.write(bytes.fromhex("1122334455667788"))
PY
mkdir "$work/tree"
sh "$here/tree.sh" "$work/tree" "$tree"
rm -f "$work/tree/dev/log"
# What no file of NTFS may be called when ntfs-3g is asked to be strict, and what would be two names for the same file.
[ "$tree" != names ] || rm -f "$work/tree/"*latin "$(printf '%s/caf\351' "$work/tree")"

fill_flat() {
    i=0
    for name in first second third; do
        i=$((i + 1))
        seq 1 "$((i * i * 40))" > "$work/$name"
        faked ntfscp -q "$out" "$work/$name" "$name.txt" > /dev/null 2>&1
    done
    echo hidden > "$work/hidden"
    faked ntfscp -q -N stream "$out" "$work/hidden" first.txt > /dev/null 2>&1
}

fill_mounted() {
    mkdir "$work/mnt"
    if [ "$kind" = compressed ]; then options=streams_interface=windows,compression; else options=streams_interface=windows; fi
    # Not detached, so that one can wait until all is written.
    ntfs-3g -o "$options,no_def_opts,permissions,no_detach" "$out" "$work/mnt" 2> "$work/log" &
    daemon=$!
    tries=0
    until mountpoint -q "$work/mnt"; do
        tries=$((tries + 1))
        kill -0 "$daemon" 2> /dev/null && [ "$tries" -lt 100 ] || return 1
        sleep 0.1
    done
    if [ "$kind" = compressed ]; then
        setfattr -h -n system.ntfs_attrib -v 0x00080000 "$work/mnt"
    fi
    cp -a "$work/tree/." "$work/mnt/"
    if [ "$kind" != compressed ]; then
        mkdir -p "$work/mnt/extra"
        echo 'content' > "$work/mnt/extra/file"
        echo 'behind the file' > "$work/mnt/extra/file:stream"
        seq 1 2000 > "$work/mnt/extra/file:long stream"
        # More than one record holds.
        i=0
        while [ "$i" -lt 40 ]; do
            echo "stream $i" > "$work/mnt/extra/many:number $i"
            i=$((i + 1))
        done
        echo 'behind the directory' > "$work/mnt/extra:of the directory"
        # A symbolic link and a junction as Windows makes them: "target\file", "C:\dir".
        : > "$work/mnt/extra/windows-link"
        mkdir "$work/mnt/extra/junction"
        find "$work/mnt" -exec touch -h -d @1600000000 {} +
        python3 - "$work/mnt/extra" <<'PY'
import os, struct, sys
def reparse(tag, real, shown, flags):
    real, shown = real.encode("utf-16-le"), shown.encode("utf-16-le")
    body = struct.pack("<HHHH", 0, len(real), len(real), len(shown)) + flags + real + shown
    return struct.pack("<IHH", tag, len(body), 0) + body
os.setxattr(sys.argv[1] + "/windows-link", "system.ntfs_reparse_data", reparse(0xA000000C, "target\\file", "target\\file", struct.pack("<I", 1)))
os.setxattr(sys.argv[1] + "/junction", "system.ntfs_reparse_data", reparse(0xA0000003, "\\??\\C:\\dir", "C:\\dir", b""))
PY
    else
        find "$work/mnt" -exec touch -h -d @1600000000 {} +
    fi
    if [ "$kind" = deleted ]; then
        mkdir "$work/mnt/Gone"
        seq 1 3000 > "$work/mnt/Gone/numbers"
        echo secret > "$work/mnt/Gone/small"
        sync
        rm -r "$work/mnt/Gone"
    fi
    umount "$work/mnt"
    wait "$daemon"
}

case $kind in
flat) fill_flat ;;
small | compressed | deleted) fill_mounted || { echo "ntfs.sh: ntfs-3g cannot mount here: a flat sample instead" >&2; fill_flat; } ;;
*) echo "ntfs.sh: no kind $kind" >&2; exit 2 ;;
esac
