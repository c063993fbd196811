#!/bin/sh
# A YAFFS image, written from the published layout, for Debian has no maker. usage: yaffs.sh OUT [KIND [OPTION …]]
#   KIND: a tree of tree.sh (default small), or history: updates, deletions, cuts and what only a log holds
#   OPTIONS: 1 (YAFFS1), page=2048 spare=64 at=0 (where tags stand in the spare area), big, inband, code (tags have one), extra (tags of headers repeat
#            the header), packed (YAFFS1 tags in a row), order=shuffled (blocks in another order, as a used flash has them), start=data (the first page holds content)
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
kind=${2:-small}
[ $# -lt 2 ] || shift
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
[ "$kind" = history ] || sh "$(dirname "$0")/tree.sh" "$root" "$kind"
python3 - "$out" "$root" "$kind" "$@" <<'PY'
import os, random, stat, struct, sys
out, root, kind = sys.argv[1:4]
options = dict(o.split("=") if "=" in o else (o, "1") for o in sys.argv[4:])
version = 1 if "1" in options else 2
order = ">" if "big" in options else "<"
page = int(options.get("page", 512 if version == 1 else 2048))
spare = int(options.get("spare", 16 if version == 1 else 64))
at = int(options.get("at", 8 if version == 1 else 0))
inband = "inband" in options
size = page - 16 if inband else page
per_block = 32 if page <= 1024 else 64
FILE, SYMLINK, DIRECTORY, HARDLINK, SPECIAL = range(1, 6)
ROOT, LOST, UNLINKED, DELETED = 1, 2, 3, 4
pages, serials = [], {}
word = lambda *values: struct.pack(order + "%dI" % len(values), *(v & 0xFFFFFFFF for v in values))
PARITY = bytes(bin(x).count("1") & 1 for x in range(256))
parity = lambda x: PARITY[x]

def tags_code(tags):
    columns = lines = others = 0
    for i, byte in enumerate(tags):
        columns ^= byte
        if parity(byte):
            lines ^= i
            others ^= ~i
    return bytes([sum(parity(columns & m) << n for n, m in enumerate((0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0))), 0, 0, 0]) + word(lines, others)
def tags1(number, chunk, length, serial):
    def pack(total):
        if order == "<":
            return word(chunk | serial << 20 | (length & 0x3FF) << 22, number | total << 18 | (length >> 10 & 3 if page >= 1024 else 3) << 30)
        return word(chunk << 12 | serial << 10 | length & 0x3FF, number << 14 | total << 2 | (length >> 10 & 3 if page >= 1024 else 3))
    plain, total = pack(0), 0
    for bit in range(64):
        if plain[bit // 8] >> bit % 8 & 1:
            total ^= bit + 1
    return pack(total)
def hamming(piece):
    odd = [i for i, byte in enumerate(piece) if parity(byte)]
    columns = 0
    for byte in piece:
        columns ^= byte
    lines = sum((len([i for i in odd if not i >> n & 1]) & 1) << 2 * n | (len([i for i in odd if i >> n & 1]) & 1) << 2 * n + 1 for n in range(8))
    column = sum(parity(columns & m) << n for n, m in enumerate((0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0)))
    return bytes([~lines & 0xFF, ~lines >> 8 & 0xFF, ~(column << 2) & 0xFF])   # the order of SmartMedia, unlike Linux
def put(data, number, chunk, length, extra=None):
    sequence = 0x1000 + len(pages) // per_block
    data = data + b"\xFF" * (size - len(data))
    if version == 1:
        serial = serials.get((number, chunk), -1) + 1 & 3
        serials[number, chunk] = serial
        tags, oob = tags1(number, chunk, length, serial), bytearray(b"\xFF" * spare)
        if "packed" in options:
            oob[at:at + 8] = tags
        else:
            for place, byte in zip((0, 1, 2, 3, 6, 7, 11, 12), tags):
                oob[place] = byte
            oob[8:11], oob[13:16] = hamming(data[:256]), hamming(data[256:512])
        pages.append([data, oob, number, chunk])
        return
    if extra and "extra" in options:
        parent, kind, value, shrink = extra
        tags = word(sequence, number | kind << 28, 0x80000000 | shrink << 30 | parent, value)
    else:
        tags = word(sequence, number, chunk, length)
    if inband:
        pages.append([data + tags, b"", number, chunk])
    else:
        if "code" in options:
            tags += tags_code(tags)
        pages.append([data, bytearray(b"\xFF" * at + tags + b"\xFF" * (spare - at - len(tags))), number, chunk])
def header(number, kind, parent, name, mode=0, uid=0, gid=0, mtime=1600000000, length=0, equivalent=-1, alias=b"", device=0, shrink=0, xattrs=()):
    h = bytearray(b"\xFF" * 512)
    h[0:8] = word(kind, parent)
    h[10:10 + len(name) + 1] = name + b"\0"
    if kind != HARDLINK:
        h[268:292] = word(mode, uid, gid, mtime, mtime, mtime)
    h[292:296] = word(length if kind == FILE else -1)
    h[296:300] = word(equivalent)
    h[300:300 + len(alias) + 1] = alias + b"\0"
    h[460:464] = word(device)
    h[496:500] = word(length >> 32 if kind == FILE else -1)
    h[504:512] = word(0, shrink)
    for key, value in xattrs:
        entry = key.encode() + b"\0" + value
        h += word(len(entry) + 4) + entry
    put(bytes(h), number, 0, 0xFFFF if version == 2 else 0x3FF, (parent, kind, equivalent if kind == HARDLINK else length if kind == FILE else 0, shrink))
def content(number, data, first=1, sparse=False):
    for i in range(0, len(data), size):
        piece = data[i:i + size]
        if not sparse or piece.strip(b"\0"):
            put(piece, number, first + i // size, len(piece))

def add_tree():
    numbers = {}
    def add(directory, parent):
        for name in sorted(os.listdir(os.fsencode(directory))):
            path = os.path.join(os.fsencode(directory), name)
            info = os.lstat(path)
            number = 257 + len(numbers)
            key = (info.st_dev, info.st_ino)
            common = dict(mode=info.st_mode, uid=info.st_uid, gid=info.st_gid, mtime=int(info.st_mtime))
            if not stat.S_ISLNK(info.st_mode) and kind == "xattrs":
                common["xattrs"] = [(k, os.getxattr(path, k)) for k in sorted(os.listxattr(path))]
            if key in numbers and not stat.S_ISDIR(info.st_mode):
                numbers[path] = number
                header(number, HARDLINK, parent, name, equivalent=numbers[key])
                continue
            numbers[key] = number
            if stat.S_ISDIR(info.st_mode):
                header(number, DIRECTORY, parent, name, **common)
                add(path, number)
            elif stat.S_ISREG(info.st_mode):
                data = open(path, "rb").read()
                # mkyaffs2image writes the header first; a kernel an empty one, and when the file is closed the one that counts.
                header(number, FILE, parent, name, length=0 if kind == "sparse" else len(data), **common)
                content(number, data, sparse=kind == "sparse")
                if kind == "sparse":
                    header(number, FILE, parent, name, length=len(data), **common)
            elif stat.S_ISLNK(info.st_mode):
                header(number, SYMLINK, parent, name, alias=os.readlink(path)[:159], **common)
            else:
                device = os.major(info.st_rdev) << 8 | os.minor(info.st_rdev) & 0xFF | (os.minor(info.st_rdev) & ~0xFF) << 12
                header(number, SPECIAL, parent, name, device=device, **common)
    info = os.lstat(root)
    header(ROOT, DIRECTORY, ROOT, b"", mode=info.st_mode, mtime=int(info.st_mtime))
    add(root, ROOT)

def add_history():
    mode = 0o100644
    text = b"".join(b"line %d\n" % i for i in range(1000))
    header(ROOT, DIRECTORY, ROOT, b"", mode=0o040755)
    header(300, DIRECTORY, ROOT, b"etc", mode=0o040755)
    header(301, FILE, 300, b"changed", mode, length=0)
    content(301, text)
    header(301, FILE, 300, b"changed", mode, length=len(text))
    content(301, b"LINE" + text[4:size])                       # its first chunk again
    header(302, FILE, 300, b"cut", mode, length=len(text))
    content(302, text)
    header(302, FILE, 300, b"cut", mode, length=100, shrink=1)
    put(text[:100], 302, 1, 100)
    header(302, FILE, 300, b"cut", mode, length=len(text))     # longer again: a hole, not what stood there
    header(303, FILE, 300, b"deleted", mode, length=12)
    content(303, b"was deleted\n")
    header(303, FILE, UNLINKED, b"unlinked", mode, length=12)
    header(303, FILE, DELETED, b"deleted", mode, length=0, shrink=1)
    header(304, FILE, ROOT, b"old-name", mode, length=8)
    content(304, b"renamed\n")
    header(304, FILE, 300, b"new-name", mode, length=8)
    header(305, FILE, 999, b"without-directory", mode, length=5)
    content(305, b"lost\n")
    content(306, b"no header\n")
    header(307, FILE, ROOT, b"growing", mode, length=0)
    content(307, b"not closed before the power went\n")

add_history() if kind == "history" else add_tree()
blocks = [pages[i:i + per_block] for i in range(0, len(pages), per_block)]
stride = page + spare * (not inband)
last = blocks[-1]
full = blocks[:-1]
if options.get("order") == "shuffled":
    first, rest = full[:1], full[1:]
    random.Random("yaffs").shuffle(rest)
    blocks = first + [None] + rest + [None, last]
if options.get("start") == "data":
    blocks = sorted(full, key=lambda block: block[0][3] == 0) + [last]
    assert blocks[0][0][3] != 0
with open(out, "wb") as image:
    for block in blocks:
        block = block or []
        for data, oob, _, _ in block:
            image.write(data + oob)
        if options.get("order") or options.get("start"):
            image.write(b"\xFF" * stride * (per_block - len(block)))
PY
