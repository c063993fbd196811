#!/bin/sh
# A UBIFS volume of a tree of corpus/samples/tree.sh. usage: ubifs.sh OUT [TREE] [mkfs.ubifs option …]
#   TREE: small (default), xattrs, names, deep, sparse, big, empty, one, or a directory
#   or a state of a file system in use, made of the default by writing nodes as Linux would, or as damage does:
#     journal open-group orphan mended bad-index bad-leaf bad-super bad-master bad-masters bad-log no-super loop encrypted signed
# The UUID and the times that no one can set are fixed, so that the same bytes come out wherever a directory is read in the same order.
set -eu
export LC_ALL=C
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
tree=small
state=
case ${1-} in
'' | -*) ;;
small | xattrs | names | deep | sparse | big | empty | one | plain | links | /*) tree=$1; shift ;;
*) state=$1; shift ;;
esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
case $tree in
/*) root=$tree ;;
*) root=$dir/tree; sh "$(dirname "$0")/tree.sh" "$root" "$tree" ;;
esac
if [ "$state" = encrypted ]; then
    printf '%064d' 7 > "$dir/key"
    set -- -K "$dir/key" -b 0123456789abcdef -C AES-256-XTS "$@"
elif [ "$state" = signed ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key" -out "$dir/certificate" -days 3650 -subj /CN=assay 2> "$dir/log"
    set -- --hash-algo=sha256 --auth-key="$dir/key" --auth-cert="$dir/certificate" "$@"
fi
case " $* " in *" -e "*) ;; *) set -- -m 512 -e 15360 "$@" ;; esac
case " $* " in *" -c "*) ;; *) set -- -c 2000 "$@" ;; esac
mkfs.ubifs -y -r "$root" -o "$dir/image" "$@" > "$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
# Debian's mkfs.ubifs leaves extended attributes out: they are written into the journal.
[ "$tree" != xattrs ] || state=xattrs
python3 - "$dir/image" "$out" "$state" "$root" <<'PY'
import os, struct, sys, zlib

source, out, state, root = sys.argv[1:]
image = bytearray(open(source, "rb").read())
INO, DATA, DENT, XENT, TRUN, PAD, SB, MST, REF, IDX, CS, ORPH = range(12)
MAGIC = 0x06101831
leb_size, = struct.unpack_from("<I", image, 36)
min_io, = struct.unpack_from("<I", image, 32)
BLOCK = 4096

def seal(at):
    length, = struct.unpack_from("<I", image, at + 16)
    struct.pack_into("<I", image, at + 4, zlib.crc32(image[at + 8:at + length]) ^ 0xFFFFFFFF)
def nodes():
    at = 0
    while at + 24 <= len(image):
        magic, crc, sqnum, length, kind = struct.unpack_from("<IIQIB", image, at)
        if magic == MAGIC and 24 <= length <= len(image) - at and zlib.crc32(image[at + 8:at + length]) ^ 0xFFFFFFFF == crc:
            yield at, kind, length, sqnum
            at += length + 7 & ~7
        else:
            at += 8

image[108:124] = bytes(range(16))
seal(0)
for at, kind, length, sqnum in list(nodes()):
    if kind == INO:
        mtime = image[at + 72:at + 80]
        image[at + 56:at + 64] = mtime
        image[at + 64:at + 72] = mtime
        image[at + 80:at + 92] = bytes(12)
        seal(at)

def find(kind, test=lambda at: True):
    return next(at for at, k, length, sqnum in nodes() if k == kind and test(at))
def key(at):
    return struct.unpack_from("<II", image, at + 24)
def dent(name):
    name = name.encode()
    return find(DENT, lambda at: image[at + 56:at + 56 + len(name) + 1] == name + b"\0")
def inode_of(name):
    return struct.unpack_from("<Q", image, dent(name) + 40)[0]
def ino(number):
    return find(INO, lambda at: key(at)[0] == number)
def block(number, index):
    return find(DATA, lambda at: key(at) == (number, DATA << 29 | index))
def flip(at, offset=40):
    image[at + offset] ^= 0x10
def r5(name):
    a = 0
    for c in name.encode():
        c = c - 256 if c > 127 else c
        a = (a + (c << 4 & 0xFFFFFFFF) + (c >> 4)) * 11 & 0xFFFFFFFF
    a &= 0x1FFFFFFF
    return a + 3 if a <= 2 else a

sqnum = 1 << 20
def node(kind, body, group=0):
    global sqnum
    sqnum += 1
    rest = struct.pack("<QIBBH", sqnum, 24 + len(body), kind, group, 0) + body
    made = struct.pack("<II", MAGIC, zlib.crc32(rest) ^ 0xFFFFFFFF) + rest
    return made + bytes(-len(made) % 8)
def ino_node(number, mode, size, links=1, data=b"", group=0, flags=1):
    uid, gid, mtime = (0, 0, 1600000000)
    body = struct.pack("<II8xQQQQQIIIIIIIIIII4xIH26x", number, INO << 29, 5, size, mtime, mtime, mtime, 0, 0, 0, links, uid, gid, mode, flags, len(data), 0, 0, 0, 1)
    return node(INO, body + data, group)
def dent_node(parent, name, number, kind=0, group=0, key=DENT):
    body = struct.pack("<II8xQBBHI", parent, key << 29 | r5(name), number, 0, kind, len(name), 0) + name.encode() + b"\0"
    return node(key, body, group)
def data_node(number, index, data, group=0):
    return node(DATA, struct.pack("<II8xIHH", number, DATA << 29 | index, len(data), 0, 0) + data, group)
def trun_node(number, old, new, group=0):
    return node(TRUN, struct.pack("<I12xQQ", number, old, new), group)
def padded(text):
    """Filled up to a page by a padding node, or by padding bytes where that does not fit."""
    left = -len(text) % min_io
    if left >= 28:
        pad = node(PAD, struct.pack("<I", left - 28))
        return text + pad[:28] + bytes(left - 28)
    return text + b"\xce" * left
def add_bud(text):
    """A new block behind the others, named by a reference node in the log."""
    global image
    bud = len(image) // leb_size
    log = 3 * leb_size + min_io
    while image[log:log + 4] == struct.pack("<I", MAGIC):
        log += min_io
    image[log:log + min_io] = padded(node(REF, struct.pack("<III28x", bud, 0, 1)))
    image += padded(text).ljust(leb_size, b"\xff")
    struct.pack_into("<I", image, 40, bud + 1)
    seal(0)
    for at, kind, length, s in list(nodes()):
        if kind == MST:
            struct.pack_into("<I", image, at + 164, bud + 1)
            struct.pack_into("<I", image, at + 40, 1)
            seal(at)

if state == "xattrs":
    bud, number, done = b"", 2000, set()
    for directory, below, files in os.walk(root):
        for name in files + ([os.path.basename(directory)] if directory != root else []):
            path = os.path.join(directory, name) if name in files else directory
            attributes = [] if os.path.islink(path) else sorted(os.listxattr(path))
            host = inode_of(name) if attributes else None
            if not attributes or host in done:
                continue
            done.add(host)
            for attribute in attributes:
                value = os.getxattr(path, attribute)
                bud += ino_node(number, 0o100777, len(value), data=value, group=1, flags=0x20) + dent_node(host, attribute, number, group=1, key=XENT)
                number += 1
            at = ino(host)
            length, = struct.unpack_from("<I", image, at + 16)
            body = bytearray(image[at + 24:at + length])
            struct.pack_into("<I", body, 116 - 24, len(attributes))
            bud += node(INO, bytes(body), 2)
    add_bud(bud)
elif state == "journal":
    etc, tool, shadow, busybox, hole = map(inode_of, ("etc", "tool", "shadow", "busybox", "hole-then-text"))
    text = bytes(image[block(busybox, 0) + 48:block(busybox, 0) + 48])
    bud = ino_node(1000, 0o100600, 5000, group=1) + dent_node(etc, "added", 1000, group=2)
    bud += data_node(1000, 0, b"a" * 4096) + data_node(1000, 1, b"b" * 904)
    # Deleted: the name, and the inode.
    bud += dent_node(inode_of("bin"), "tool", 0, group=1) + ino_node(tool, 0o100755, 9000, links=0, group=2)
    # Written again.
    bud += data_node(shadow, 0, b"nobody\n") + ino_node(shadow, 0o100640, 7)
    # Cut off in its second block, then made longer again: what was behind the cut must not come back.
    bud += ino_node(hole, 0o100644, 8192, group=1) + trun_node(hole, 140016, 8192, group=2) + ino_node(hole, 0o100644, 140016)
    # Renamed.
    bud += dent_node(etc, "passwd", 0, group=1) + dent_node(etc, "users", inode_of("passwd"), group=2)
    # The power failed inside a group.
    bud += dent_node(etc, "never", 1000, group=1)
    add_bud(bud)
elif state == "orphan":
    number = inode_of("tool")
    add_bud(dent_node(inode_of("bin"), "tool", 0))
    orphans = (3 + struct.unpack_from("<I", image, 56)[0] + struct.unpack_from("<I", image, 60)[0]) * leb_size
    image[orphans:orphans + min_io] = padded(node(ORPH, struct.pack("<QQ", 1 << 63, number)))
elif state == "mended":
    add_bud(data_node(inode_of("nothing"), 0, b"written, and the power failed\n"))
elif state == "bad-index":
    root = struct.unpack_from("<II", image, find(MST) + 48)
    flip(root[0] * leb_size + root[1], 30)
elif state == "bad-leaf":
    flip(block(inode_of("tool"), 1), 100)
    flip(ino(inode_of("dangling")), 60)
elif state == "bad-super":
    flip(0, 110)
elif state == "bad-master":
    flip(leb_size)
elif state == "bad-masters":
    flip(leb_size)
    flip(2 * leb_size)
elif state == "bad-log":
    add_bud(dent_node(inode_of("etc"), "passwd", 0))
    flip(3 * leb_size, 24)
elif state == "no-super":
    del image[:leb_size]
elif state == "loop":
    # A directory that holds itself, and one name for two things.
    etc = inode_of("etc")
    add_bud(dent_node(etc, "again", etc, kind=1) + dent_node(1, "up/and\0away", etc, kind=1))
elif state not in ("", "encrypted", "signed"):
    sys.exit("ubifs.sh: no tree or state is called " + state)
open(out, "wb").write(image)
PY
