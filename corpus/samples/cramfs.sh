#!/bin/sh
# A cramfs made by mkfs.cramfs. The same bytes on every machine.
# usage: cramfs.sh OUT [TREE [mkfs.cramfs option …]]               TREE: see tree.sh
# A first word before TREE changes what was made: "swap" the byte order (by cramfsswap), "v1" to the first version, which says neither
# size nor CRC, "pointers" to extended pointers: blocks stored as they are, and blocks that stand elsewhere.
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
export PATH="$PATH:/sbin:/usr/sbin"
out=$1
shift
change=
case ${1-} in
swap | v1 | pointers) change=$1; shift ;;
esac
tree=${1:-small}
[ $# -eq 0 ] || shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
sh "$(dirname "$0")/tree.sh" "$root/tree" "$tree"
mkfs.cramfs -n sample -e 7 "$@" "$root/tree" "$root/image" > "$root/log" 2>&1 || { cat "$root/log" >&2; exit 1; }
case $change in
swap) cramfsswap "$root/image" "$out" > /dev/null ;;
'') cp "$root/image" "$out" ;;
*) python3 - "$root/image" "$out" "$change" <<'PY' ;;
import struct, sys, zlib
data, change = bytearray(open(sys.argv[1], "rb").read()), sys.argv[3]
flags, = struct.unpack_from("<I", data, 8)
if change == "v1":
    struct.pack_into("<IIII", data, 0, 0x28CD3D45, 0x10000, flags & ~1, 0)
    struct.pack_into("<4I", data, 32, 0, 0, 0, 0)
    end = 0
else:
    # Every second file: its first block moves to the end of the image, stored with its length before it; its second block is
    # stored uncompressed there.
    def inode(at):
        a, b, c = struct.unpack_from("<III", data, at)
        return a & 0xFFFF, b & 0xFFFFFF, (c & 63) * 4, (c >> 6) * 4
    def files(directory):
        mode, size, _, offset = inode(directory)
        at = offset
        while at < offset + size:
            mode, length, name, where = inode(at)
            if mode & 0o170000 == 0o040000:
                yield from files(at)
            elif mode & 0o170000 == 0o100000 and length > 8192:
                yield length, where
            at += 12 + name
    done = set()
    for length, where in list(files(64)):
        if where in done or len(done) % 2 and done.add(where) is None:
            continue
        done.add(where)
        count = -(-length // 4096)
        ends = struct.unpack_from(f"<{count}I", data, where)
        starts = (where + 4 * count,) + ends[:-1]
        first, second = (bytes(data[s:e]) for s, e in zip(starts[:2], ends[:2]))
        if not first or not second or count < 3:
            continue
        while len(data) % 4:
            data.append(0)
        struct.pack_into("<I", data, where, len(data) >> 2 | 1 << 30)
        data += struct.pack("<H", len(first)) + first
        while len(data) % 4:
            data.append(0)
        struct.pack_into("<I", data, where + 4, len(data) >> 2 | 3 << 30)
        data += zlib.decompress(second)
        # The third begins where the second ended, so it must stand behind it.
        third = bytes(data[starts[2]:ends[2]])
        data += third
        moved = len(data)
        struct.pack_into("<I", data, where + 8, moved)
        for n in range(3, count):
            block = bytes(data[starts[n]:ends[n]])
            data += block
            struct.pack_into("<I", data, where + 4 * n, len(data))
        # What stood in the old place is gone.
        data[starts[0]:ends[-1]] = bytes(ends[-1] - starts[0])
    data += bytes(-len(data) % 4096)
    struct.pack_into("<II", data, 4, len(data), flags | 0x800)
    struct.pack_into("<I", data, 32, 0)
    struct.pack_into("<I", data, 32, zlib.crc32(data))
open(sys.argv[2], "wb").write(data)
PY
esac
