#!/bin/sh
# A UFS image, made by makefs. usage: ufs.sh OUT [TREE] [ufs1|ufs2] [le|be] [old|sun|xattrs|64k] [KEY=VALUE for makefs…]
# TREE is a kind of tree.sh. 64k: the superblock where the BSDs have it, makefs leaves it at 8K; old and sun: the result in the layout of these flavours; xattrs: a file gets two extended attributes.
set -eu
export LC_ALL=C
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
kind=small version=2 order=le after= options=
shift
for word in "$@"; do
    case $word in
    ufs1) version=1 ;;
    ufs2) version=2 ;;
    le | be) order=$word ;;
    old | sun | xattrs | 64k) after="$after $word" ;;
    *=*) options=$options,$word ;;
    *) kind=$word ;;
    esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$(dirname "$0")/tree.sh" "$work/tree" "$kind"
# Sockets are not for makefs.
find "$work/tree" -type s -exec rm {} +
[ ! -d "$work/tree/dev" ] || touch -d @1600000000 "$work/tree/dev"
# Room for every file's last block, the table of inodes, and a little that stays free.
bytes=$(find "$work/tree" -type f -printf '%s\n' | awk '{ n += int(($1 + 12287) / 4096) * 4096 } END { print int((n * 1.1 + 400000) / 65536) * 65536 }')
makefs -t ffs -s "$bytes" -T 1600000000 -B "$order" -o "version=$version$options" "$work/out" "$work/tree" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
python3 - "$work/out" "$order" $after <<'PY'
import struct, sys
path, order, after = sys.argv[1], sys.argv[2], sys.argv[3:]
image = bytearray(open(path, "rb").read())
e = "<" if order == "le" else ">"
def get(at, kind): return struct.unpack_from(e + kind, image, at)[0]
def put(at, kind, *values): struct.pack_into(e + kind, image, at, *values)
super_at = 8192 # also for UFS2, whatever the BSDs do
ufs2 = get(super_at + 1372, "I") == 0x19540119
fsize, bsize, ipg, fpg, ncg, iblkno, sblkno = (get(super_at + n, "I") for n in (52, 48, 184, 188, 44, 16, 8))
size = 256 if ufs2 else 128
offset, mask = get(super_at + 24, "I"), get(super_at + 28, "I")
def start(c): return fpg * c + (0 if ufs2 else offset * (c & ~mask))
def inode(n): return (start(n // ipg) + iblkno) * fsize + n % ipg * size
supers = [super_at] + [(start(c) + sblkno) * fsize for c in range(ncg)]
for at in supers:
    put(at + 144, "II", 0x5F5E1000, 0x12345678)
nodes = [n for n in range(2, ncg * ipg) if inode(n) + size <= len(image) and get(inode(n), "H") != 0]
# What the clock or chance had a part in: access and change times, generation numbers.
for n in nodes:
    at = inode(n)
    if ufs2:
        put(at + 32, "QQQQIIII", *[1600000000] * 4, 0, 0, 0, 0)
        put(at + 80, "I", n)
    else:
        put(at + 16, "IIIIII", 1600000000, 0, 1600000000, 0, 1600000000, 0)
        put(at + 108, "I", n)
if "old" in after or "sun" in after:
    for at in supers:
        image[at + 1312:at + 1356] = bytes(44)
        if "sun" in after:
            put(at + 1340, "QQ", bsize - 1, fsize - 1)
    # Directories without types, owners in other places.
    def directory(n):
        at = inode(n)
        for i in range(min(12, -(-get(at + 8, "Q") // bsize))):
            block = get(at + 40 + 4 * i, "I") * fsize
            end = block + min(bsize, get(at + 8, "Q") - i * bsize)
            while block < end:
                put(block + 6, "H", image[block + 7])
                block += get(block + 4, "H")
    for n in nodes:
        at = inode(n)
        uid, gid = get(at + 112, "I"), get(at + 116, "I")
        if "sun" in after:
            put(at + 4, "HH", 0xFFFF, 0xFFFF)
            put(at + 112, "III", 0, uid, gid)
            if get(at, "H") & 0xF000 in (0x2000, 0x6000):
                device = get(at + 40, "I")
                put(at + 40, "II", 0, (device >> 8 & 0xFFF) << 18 | device & 0xFF | device >> 12 & 0xFFF00)
        else:
            put(at + 4, "HH", uid, gid)
            put(at + 112, "II", 0, 0)
        if get(at, "H") & 0xF000 == 0x4000:
            directory(n)
if "xattrs" in after:
    # One free block for the attributes of the first plain file, taken from the end of the volume.
    def attribute(space, name, value):
        head = 7 + len(name)
        body = name + bytes(-head % 8) + value + bytes(-len(value) % 8)
        return struct.pack(e + "IBBB", 7 + len(body), space, -len(value) % 8, len(name)) + body
    area = attribute(1, b"short", b"value") + attribute(2, b"posix1e.acl", bytes(range(24)))
    block = get(super_at + 1080, "Q") - bsize // fsize
    assert not any(image[block * fsize:(block + 1) * fsize])
    image[block * fsize:block * fsize + len(area)] = area
    first = next(n for n in nodes if get(inode(n), "H") & 0xF000 == 0x8000)
    put(inode(first) + 92, "IQ", len(area), block)
if "64k" in after:
    # Where the BSDs have the superblock of UFS2: everything moves by as much, in a volume of one group.
    assert ncg == 1 and ufs2
    moved = 57344
    by = moved // fsize
    pointers = bsize // 8
    def shift(at, count):
        for i in range(count):
            value = get(at + 8 * i, "Q")
            if value != 0:
                put(at + 8 * i, "Q", value + by)
    def shift_block(block, level):
        for i in range(pointers):
            pointer = get(block * fsize + 8 * i, "Q")
            if level > 1 and pointer != 0:
                shift_block(pointer, level - 1)
        shift(block * fsize, pointers)
    for n in nodes:
        at = inode(n)
        kind = get(at, "H") & 0xF000
        if kind not in (0x4000, 0x8000, 0xA000) or (kind == 0xA000 and get(at + 24, "Q") == 0):
            continue
        for level in range(1, 4):
            if get(at + 208 + 8 * (level - 1), "Q") != 0:
                shift_block(get(at + 208 + 8 * (level - 1), "Q"), level)
        shift(at + 112, 15)
        if get(at + 92, "I") != 0:
            shift(at + 96, 2)
    for at in supers:
        for field in (8, 12, 16, 20):
            put(at + field, "I", get(at + field, "I") + by)
        put(at + 188, "I", fpg + by)
        put(at + 1000, "Q", 65536)
        for field in (1080, 1096):
            put(at + field, "Q", get(at + field, "Q") + by)
    group = get(super_at + 12, "I") - by
    put(group * fsize + 20, "I", get(group * fsize + 20, "I") + by)
    image = bytes(65536) + image[8192:]
open(path, "wb").write(image)
PY
mv "$work/out" "$out"
