#!/bin/sh
# JFFS2 images. usage: jffs2.sh OUT                                  small, with links and a long name
#                      jffs2.sh OUT TREE [mkfs.jffs2 option …]       the same; TREE, a new directory, is kept and holds what the image holds
#                      jffs2.sh OUT --tree KIND [mkfs.jffs2 option …] of a tree that tree.sh makes
#                      jffs2.sh OUT --log VARIANT                    nodes that mkfs.jffs2 never writes, from the published layout:
#   history history-big  updates, deletions, renames, obsolete nodes, holes, nodes without a name
#   lzma rubinmips dynrubin swapped-dynrubin  compressions that mkfs.jffs2 does not know
#   loops                directories in themselves, names that are paths, a file of an invented size, one node under very many others
#   old                  nodes of the magic 0x1984
set -eu
out=$1
case ${2-} in
--tree)
    [ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
    kind=$3
    shift 3
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    sh "$(dirname "$0")/tree.sh" "$root" "$kind"
    mkfs.jffs2 -r "$root" -o "$out" -e 0x10000 "$@"
    ;;
--log)
    python3 - "$out" "$3" <<'PY'
import lzma, struct, sys, zlib
out, variant = sys.argv[1:]
order = ">" if variant.endswith("-big") else "<"
magic = 0x1984 if variant == "old" else 0x1985
ACCURATE = 0x2000
image = bytearray()
crc = lambda data: zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF

def header(kind, length):
    start = struct.pack(order + "HHI", magic, kind, length)
    return start + struct.pack(order + "I", crc(start))
def put(node, obsolete):
    while len(image) % 4:
        image.append(0xFF)
    at = len(image)
    image.extend(node)
    if obsolete:
        image[at + (2 if order == ">" else 3)] &= ~(ACCURATE >> 8)
version = 0
def dirent(parent, name, inode, kind=8, obsolete=False):
    global version
    version += 1
    fields = header(0xE001, 40 + len(name)) + struct.pack(order + "IIIIBBxx", parent, version, inode, 1600000000, len(name), kind)
    put(fields + struct.pack(order + "II", crc(fields), crc(name)) + name, obsolete)
def inode(number, mode, size, at=0, data=b"", compression=0, plain=None, obsolete=False, mtime=1600000000):
    global version
    version += 1
    plain = len(data) if plain is None else plain
    fields = header(0xE002, 68 + len(data)) + struct.pack(order + "IIIHHIIIIIIIBBH", number, version, mode, 0, 0, size, mtime, mtime, mtime, at, len(data), plain,
                                                         compression, 0, 0)
    put(fields + struct.pack(order + "II", crc(data), crc(fields)) + data, obsolete)
def cleanmarker():
    put(header(0x2003, 12), False)

# Arithmetic coding of single bits: an interval, and the bits that are settled.
def rubin(data, ones, divider):
    low, width, bits = 0, 1 << 16, []
    def shift():
        nonlocal low
        bits.append(low >> 15 & 1)
        low = (low & 0x7FFF) << 1
    for byte in data:
        for bit in range(8):
            while low >= 1 << 15 or low + width <= 1 << 15:
                shift()
                width <<= 1
            part = max(1, min(width - 1, (divider - ones[bit]) * width // divider))
            if byte >> bit & 1:
                low, width = low + part, width - part
            else:
                width = part
    for _ in range(16):
        shift()
    bits += [0] * (-len(bits) % 8)
    return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))
def dynrubin(data):
    ones = [min(255, max(1, sum(byte >> bit & 1 for byte in data) * 256 // len(data))) for bit in range(8)]
    return bytes(ones) + rubin(data, ones, 256)
def rubinmips(data):
    return rubin(data, [277, 249, 290, 267, 229, 341, 212, 241], 1043)
def plain_lzma(data):
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 0x2000, "lc": 0, "lp": 0, "pb": 0}])

FILE, DIRECTORY = 0o100644, 0o040755
text = b"".join(b"line %d of a text that compresses well\n" % i for i in range(200))
cleanmarker()
if variant.startswith("history") or variant == "old":
    dirent(1, b"changed", 10)
    inode(10, FILE, 6, data=b"first\n")
    inode(10, FILE, 12, at=0, data=b"second, and ")
    inode(10, FILE, 19, at=12, data=b"longer\n")
    inode(10, FILE, 6, at=0, data=b"third\n")
    inode(10, FILE, 6)                                     # what truncation writes: a size and no data
    dirent(1, b"deleted", 11)
    inode(11, FILE, len(text), data=zlib.compress(text), compression=6, plain=len(text))
    dirent(1, b"deleted", 0)
    dirent(1, b"directory-gone", 12, 4)
    inode(12, DIRECTORY, 0)
    dirent(12, b"inside", 13)
    inode(13, FILE, 7, data=b"inside\n")
    dirent(12, b"inside", 0)
    dirent(1, b"directory-gone", 0)
    dirent(1, b"old-name", 14)
    inode(14, FILE, 8, data=b"renamed\n")
    dirent(1, b"old-name", 0)
    dirent(1, b"new-name", 14)
    dirent(1, b"marked-obsolete", 15, obsolete=True)
    inode(15, FILE, 9, data=b"obsolete\n", obsolete=True)
    dirent(1, b"holes", 16)
    inode(16, FILE, 70010, at=0, compression=1, plain=70000)
    inode(16, FILE, 70010, at=70000, data=b"after hole")
    inode(16, FILE, 70010, at=70006, data=b"HOLE")         # covers a part of the node before it
    inode(17, FILE, 9, data=b"nameless\n")
    dirent(1, b"again", 18)
    inode(18, FILE, 4, data=b"one\n")
    dirent(1, b"again", 0)
    dirent(1, b"again", 19)
    inode(19, FILE, 4, data=b"two\n")
    put(header(0x2004, 100) + bytes(88), False)            # padding
    cleanmarker()
elif variant == "loops":
    dirent(1, b"a", 10, 4)
    inode(10, DIRECTORY, 0)
    dirent(10, b"b", 11, 4)
    inode(11, DIRECTORY, 0)
    dirent(11, b"back", 10, 4)                             # reached from the root
    dirent(20, b"x", 21, 4)
    dirent(21, b"y", 20, 4)                                # reached from nowhere
    inode(20, DIRECTORY, 0)
    inode(21, DIRECTORY, 0)
    dirent(1, b"../../etc/passwd", 30)
    inode(30, FILE, 5, data=b"path\n")
    dirent(1, b"huge", 31)
    inode(31, FILE, 0xFFFFFFFF, data=b"small\n")
    dirent(1, b"combed", 32)
    inode(32, FILE, 1 << 18, data=zlib.compress(b"A" * (1 << 18)), compression=6, plain=1 << 18)
    inode(32, FILE, 1 << 18, data=zlib.compress(b"B" * (1 << 18)), compression=6, plain=1 << 18)
    for i in range(3000):
        inode(32, FILE, 1 << 18, at=40 * i, data=zlib.compress(b"c"), compression=6, plain=1)
    dirent(1, b"no-inode", 33)
else:
    coder, number = {"lzma": (plain_lzma, 8), "rubinmips": (rubinmips, 5), "dynrubin": (dynrubin, 5), "swapped-dynrubin": (dynrubin, 3)}[variant]
    dirent(1, b"text", 10)
    for at in range(0, len(text), 4096):
        piece = text[at:at + 4096]
        inode(10, FILE, len(text), at=at, data=coder(piece), compression=number, plain=len(piece))
open(out, "wb").write(bytes(image) + b"\xFF" * (-len(image) % 4096))
PY
    ;;
*)
    tree=${2:-$out.tree}
    [ $# -lt 2 ] || shift
    shift
    mkdir -p "$tree/etc" "$tree/deep/er"
    printf 'config lan\n' > "$tree/etc/config"
    : > "$tree/empty"
    i=0; while [ $i -lt 2000 ]; do printf 'line %d of a text that compresses well\n' $i; i=$((i + 1)); done > "$tree/etc/text"
    head -c 9000 "$tree/etc/text" | cksum | cut -d' ' -f1 > "$tree/deep/er/number"
    python3 -c 'import sys; x = 1
for i in range(20000):
    x = (x * 1103515245 + 12345) & 0x7fffffff
    sys.stdout.buffer.write(bytes([x >> 16 & 255]))' > "$tree/deep/noise"
    ln -sf ../etc/config "$tree/deep/link"
    ln -f "$tree/etc/config" "$tree/deep/hard"
    printf 'x' > "$tree/$(printf 'n%.0s' $(seq 200))"
    chmod 4755 "$tree/etc/text"
    find "$tree" -exec touch -h -d @1700000000 {} +
    mkfs.jffs2 -U -r "$tree" -o "$out" -e 0x10000 "$@"
    [ "$tree" != "$out.tree" ] || rm -rf "$tree"
    ;;
esac
