#!/bin/sh
# A squashfs of a version or byte order that no maker in Debian writes, from the published layouts (squashfs-tools, squashfs_compat.h and
# squashfs_fs.h; freetz, "SquashFS 4 (BE)"). The same bytes on every machine.
# usage: squashfs_old.sh OUT [key=value …]
#   version=3.1   1.0 … 4.0                     endian=le     or be
#   tree=small    a tree of tree.sh             block=N       by default 32768 in 1.x, 65536 later
#   codec=gzip    or xz, or stored, or LZMA without an end marker, as the LZMA SDK writes it:
#                 lzma (13 bytes of header), bare (5), raw (none), mixed (lzma or gzip, whichever is smaller),
#                 junk4 (four bytes, then raw with lc=0 lp=0 pb=2), turned (size, properties that change from block to block, dictionary)
#   magic=hsqs    four characters               sizes=le      sizes of metadata blocks little-endian in any case (AVM)
#   tails=small   fragments for files below a block, always, or none
#   owners=tree   or many                       check=no      or yes: a marker in metadata blocks (up to 3.x)
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tree=small
for option; do
    case $option in tree=*) tree=${option#tree=} ;; esac
done
sh "$(dirname "$0")/tree.sh" "$root/tree" "$tree"
python3 - "$root/tree" "$out" "$@" <<'PY'
import lzma, os, stat, struct, subprocess, sys, zlib

tree, out = sys.argv[1:3]
options = {"version": "3.1", "endian": "le", "tree": "small", "block": "", "codec": "gzip", "magic": "", "sizes": "", "tails": "small",
           "owners": "tree", "check": "no"}
for argument in sys.argv[3:]:
    key, value = argument.split("=", 1)
    if key not in options:
        sys.exit(f"squashfs_old.sh: no option is called {key}")
    options[key] = value
major, minor = map(int, options["version"].split("."))
big = options["endian"] == "be"
order = "big" if big else "little"
size_order = "little" if options["sizes"] == "le" else order
block_size = int(options["block"] or (32768 if major == 1 else 65536))
block_log = block_size.bit_length() - 1
mark = b"\xff" if options["check"] == "yes" else b""
TIME = 1600000000
METADATA = 8192
NONE = 0xFFFFFFFF

# ---- compression ----

def lzma_stream(data, lc=3, lp=0, pb=2):
    """A stream without end marker: 7-Zip's, taken out of its archive, whose first packed stream stands at 32."""
    archive = tree + ".7z"
    if os.path.exists(archive):
        os.unlink(archive)
    subprocess.run(["7zz", "a", "-t7z", "-mhc=off", "-mmt=1", f"-m0=LZMA:lc={lc}:lp={lp}:pb={pb}:d=64k", "-siblock", "-bso0", "-bsp0", archive],
                   input=data, check=True)
    with open(archive, "rb") as f:
        content = f.read()
    return content[32:32 + struct.unpack_from("<Q", content, 12)[0]]

turns = 0

def compress(data):
    global turns
    codec, header = options["codec"], bytes([0x5D]) + struct.pack("<I", block_size)
    if codec == "stored":
        return data + b"longer"
    if codec == "gzip":
        return zlib.compress(data, 9)
    if codec == "xz":
        return lzma.compress(data, check=lzma.CHECK_CRC32)
    if codec == "lzma":
        return header + struct.pack("<Q", len(data)) + lzma_stream(data)
    if codec == "bare":
        return header + lzma_stream(data)
    if codec == "raw":
        return lzma_stream(data)
    if codec == "mixed":
        return min(zlib.compress(data, 9), header + struct.pack("<Q", len(data)) + lzma_stream(data), key=len)
    if codec == "junk4":
        return b"\x11\x22\x33\x44" + lzma_stream(data, 0, 0, 2)
    if codec == "turned":
        lc, lp, pb = [(3, 0, 2), (0, 2, 2), (1, 0, 0)][turns % 3]
        turns += 1
        return struct.pack("<IBI", len(data), lc + 9 * lp + 45 * pb, block_size) + lzma_stream(data, lc, lp, pb)
    sys.exit(f"squashfs_old.sh: no codec is called {codec}")

def number(value, size):
    return (value & (1 << 8 * size) - 1).to_bytes(size, order)

def packed(*fields):
    """Bit-fields (value, width) as compilers of either byte order lay them out."""
    value = bits = 0
    for content, width in fields:
        content &= (1 << width) - 1
        value = value << width | content if big else value | content << bits
        bits += width
    assert bits % 8 == 0
    return value.to_bytes(bits // 8, order)

# ---- the image ----

SUPER = {1: 51, 2: 63, 3: 119, 4: 96}[major]
image = bytearray(SUPER)

class Metadata:
    def __init__(self):
        self.done, self.open = bytearray(), bytearray()
    def place(self):
        return len(self.done), len(self.open)
    def add(self, data):
        self.open += data
        while len(self.open) >= METADATA:
            self.flush(METADATA)
    def flush(self, size):
        content, self.open = bytes(self.open[:size]), self.open[size:]
        small = compress(content)
        if len(small) < len(content):
            self.done += len(small).to_bytes(2, size_order) + mark + small
        else:
            self.done += (len(content) | 0x8000).to_bytes(2, size_order) + mark + content
    def end(self):
        if self.open:
            self.flush(len(self.open))
        return bytes(self.done)

def table(entries, pointer_size):
    """Entries in metadata blocks, then the positions of these; returns where the positions stand."""
    positions = []
    for at in range(0, len(entries), METADATA):
        positions.append(len(image))
        one = Metadata()
        one.add(entries[at:at + METADATA])
        image.extend(one.end())
    start = len(image)
    for position in positions:
        image.extend(number(position, pointer_size))
    return start

# ---- what is in the tree, children before their directory ----

class Node:
    pass

nodes, by_inode = [], {}

def collect(path):
    facts = os.lstat(path)
    key = (facts.st_dev, facts.st_ino)
    if not stat.S_ISDIR(facts.st_mode) and key in by_inode:
        return by_inode[key]
    node = Node()
    node.path, node.facts, node.children = path, facts, []
    node.uid, node.gid = facts.st_uid, facts.st_gid
    by_inode[key] = node
    if stat.S_ISDIR(facts.st_mode):
        for name in sorted(os.listdir(os.fsencode(path))):
            node.children.append((name, collect(os.path.join(os.fsencode(path), name))))
    nodes.append(node)
    node.number = len(nodes)
    if options["owners"] == "many":
        node.uid = 1000 + node.number % 40
        node.gid = node.uid if node.number % 2 else 500 + node.number % 12
    return node

root = collect(tree)
for node in nodes:
    for _, child in node.children:
        child.parent = node.number
root.parent = len(nodes) + 1

# ---- content ----

fragments, pending = [], bytearray()

def flush_fragment():
    if pending:
        small = compress(bytes(pending))
        stored = len(small) >= len(pending)
        fragments.append((len(image), len(pending) | 1 << 24 if stored else len(small)))
        image.extend(pending if stored else small)
        pending.clear()

def write_content(node):
    content = open(node.path, "rb").read()
    node.start, node.words, node.fragment, node.offset = len(image), [], NONE, 0
    tail = len(content) % block_size
    use = major > 1 and tail > 0 and (options["tails"] == "always" or options["tails"] == "small" and len(content) < block_size)
    whole = content[:len(content) - tail] if use else content
    for at in range(0, len(whole), block_size):
        block = whole[at:at + block_size]
        if major >= 3 and not any(block):
            node.words.append(0)
            continue
        small = compress(block)
        stored = len(small) >= len(block)
        node.words.append((len(block) | (0x8000 if major == 1 else 1 << 24)) if stored else len(small))
        image.extend(block if stored else small)
    if use:
        if len(pending) + tail > block_size:
            flush_fragment()
        node.fragment, node.offset = len(fragments), len(pending)
        pending.extend(content[-tail:])

for node in nodes:
    if stat.S_ISREG(node.facts.st_mode):
        write_content(node)
flush_fragment()

# ---- owners ----

uids, guids = [], []

def index_of(values, value):
    if value not in values:
        values.append(value)
    return values.index(value)

def owners(node):
    """Old versions: indexes into two lists, the highest group index says that the group is the owner's number."""
    user = index_of(uids, node.uid)
    return user, (15 if major == 1 else 255) if node.gid == node.uid else index_of(guids, node.gid)

# ---- inodes and directories ----

inodes, directories = Metadata(), Metadata()
DIR, FILE, LINK, BLOCK, CHAR, FIFO, SOCKET = range(1, 8)
WIDE = 7

def basic_type(mode):
    return next(t for test, t in ((stat.S_ISDIR, DIR), (stat.S_ISREG, FILE), (stat.S_ISLNK, LINK), (stat.S_ISBLK, BLOCK), (stat.S_ISCHR, CHAR),
                                  (stat.S_ISFIFO, FIFO), (stat.S_ISSOCK, SOCKET)) if test(mode))

def write_listing(node):
    """Returns where it stands, its size and its index: (offset in the listing, block, first name) for each block but the first."""
    start, size, index = directories.place(), 0, []
    at = 0
    while at < len(node.children):
        block, base, run = node.children[at][1].place[0], node.children[at][1].number, []
        for name, child in node.children[at:at + 256]:
            if child.place[0] != block or not -32768 <= child.number - base < 32768:
                break
            run.append((name, child))
        here = directories.place()[0]
        if here != (index[-1][1] if index else start[0]):
            index.append((size, here, run[0][0]))
        data = {1: lambda: packed((len(run) - 1, 8), (block, 24)), 3: lambda: packed((len(run) - 1, 8), (block, 32), (base, 32)),
                4: lambda: packed((len(run) - 1, 32), (block, 32), (base, 32))}[1 if major == 2 else major]()
        for name, child in run:
            kind = basic_type(child.facts.st_mode)
            if major <= 2:
                data += packed((child.place[1], 13), (kind, 3), (len(name) - 1, 8)) + name
            elif major == 3:
                data += packed((child.place[1], 13), (kind, 3), (len(name) - 1, 8), (child.number - base, 16)) + name
            else:
                data += packed((child.place[1], 16), (child.number - base, 16), (kind, 16), (len(name) - 1, 16)) + name
        directories.add(data)
        size += len(data)
        at += len(run)
    return start, size, index

def inode_of(node):
    mode, kind = stat.S_IMODE(node.facts.st_mode), basic_type(node.facts.st_mode)
    links, wide, rest, tail = node.facts.st_nlink, False, [], b""
    time = (TIME, 32)
    device = os.major(node.facts.st_rdev) << 8 | os.minor(node.facts.st_rdev) & 0xFF if major < 4 else \
        os.major(node.facts.st_rdev) << 8 | os.minor(node.facts.st_rdev) & 0xFF | (os.minor(node.facts.st_rdev) & ~0xFF) << 12
    if kind == DIR:
        (block, offset), size, index = write_listing(node)
        size += 3 if major >= 3 else 0
        wide = bool(index) and major > 1
        if major <= 2:
            rest = [(size, 27 if wide else 19), (offset, 13), time, (block, 24)] + ([(len(index), 16)] if wide else [])
        elif major == 3:
            rest = [(links, 32), (size, 27 if wide else 19), (offset, 13), (block, 32)] + ([(len(index), 16)] if wide else []) + [(node.parent, 32)]
        elif wide:
            rest = [(links, 32), (size, 32), (block, 32), (node.parent, 32), (len(index), 16), (offset, 16), (NONE, 32)]
        else:
            rest = [(block, 32), (links, 32), (size, 16), (offset, 16), (node.parent, 32)]
        for at, start, name in index if wide else []:
            widths = {2: (27, 29, 8), 3: (32, 32, 8), 4: (32, 32, 32)}[major]
            tail += packed((at, widths[0]), (start, widths[1]), (len(name) - 1, widths[2])) + name
    elif kind == FILE:
        size = node.facts.st_size
        wide = major >= 3 and links > 1
        if major == 1:
            rest = [time, (node.start, 32), (size, 32)]
        elif major == 2:
            rest = [time, (node.start, 32), (node.fragment, 32), (node.offset, 32), (size, 32)]
        elif major == 3:
            rest = ([(links, 32)] if wide else []) + [(node.start, 64), (node.fragment, 32), (node.offset, 32), (size, 64 if wide else 32)]
        elif wide:
            rest = [(node.start, 64), (size, 64), (0, 64), (links, 32), (node.fragment, 32), (node.offset, 32), (NONE, 32)]
        else:
            rest = [(node.start, 32), (node.fragment, 32), (node.offset, 32), (size, 32)]
        tail = b"".join(number(word, 2 if major == 1 else 4) for word in node.words)
    elif kind == LINK:
        tail = os.fsencode(os.readlink(node.path))
        rest = ([(links, 32)] if major >= 3 else []) + [(len(tail), 32 if major == 4 else 16)]
    elif kind in (BLOCK, CHAR):
        rest = ([(links, 32)] if major >= 3 else []) + [(device, 32 if major == 4 else 16)]
    elif major >= 3:
        rest = [(links, 32)]
    if major == 4:
        first = [(kind + (WIDE if wide else 0), 16), (mode, 16), (index_of(uids, node.uid), 16), (index_of(uids, node.gid), 16), time, (node.number, 32)]
        return packed(*first, *rest) + tail
    user, group = owners(node)
    if major == 1:
        if kind in (FIFO, SOCKET):
            first, rest = [(0, 4), (mode, 12), (user % 16, 4), (group, 4)], [(kind, 4), (user // 16, 4)]
        else:
            first = [(kind + 5 * (user // 16), 4), (mode, 12), (user % 16, 4), (group, 4)]
    else:
        first = [(kind + (WIDE if wide else 0), 4), (mode, 12), (user, 8), (group, 8)] + ([time, (node.number, 32)] if major == 3 else [])
    return packed(*first, *rest) + tail

for node in nodes:
    data = inode_of(node)
    node.place = inodes.place()
    inodes.add(data)

# ---- tables and superblock ----

inode_table = len(image)
image += inodes.end()
directory_table = len(image)
image += directories.end()
if major >= 3:
    fragment_table = table(b"".join(number(at, 8) + number(word, 4) + number(0, 4) for at, word in fragments), 8)
    export_table = table(b"".join(number(node.place[0] << 16 | node.place[1], 8) for node in nodes), 8)
else:
    fragment_table = table(b"".join(number(at, 4) + number(word, 4) for at, word in fragments), 4)
if major == 4:
    uid_table = table(b"".join(number(value, 4) for value in uids), 8)
    guid_table = 0
else:
    uid_table = len(image) if uids else 0
    image += b"".join(number(value, 4) for value in uids)
    guid_table = len(image) if guids else 0
    image += b"".join(number(value, 4) for value in guids)
used = len(image)
root_inode = root.place[0] << 16 | root.place[1]
magic = options["magic"].encode() or (b"sqsh" if big else b"hsqs")
if major == 4:
    codec = {"gzip": 1, "xz": 4}.get(options["codec"], 2)
    created = used if options["sizes"] == "le" else TIME
    head = packed((len(nodes), 32), (created, 32), (block_size, 32), (len(fragments), 32), (codec, 16), (block_log, 16), (0x2C0, 16), (len(uids), 16),
                  (4, 16), (0, 16), (root_inode, 64), (used, 64), (uid_table, 64), (-1, 64), (inode_table, 64), (directory_table, 64),
                  (fragment_table, 64), (export_table, 64))
else:
    old = [used, uid_table, guid_table, inode_table, directory_table] if major < 3 else [0] * 5
    flags = 0x40 | (4 if mark else 0) | (0x80 if major == 3 else 0)
    fields = [(len(nodes), 32)] + [(value, 32) for value in old] + \
        [(major, 16), (minor, 16), (block_size, 16), (block_log, 16), (flags, 8), (len(uids), 8), (len(guids), 8), (TIME, 32), (root_inode, 64)]
    if major >= 2:
        fields += [(block_size, 32), (len(fragments), 32), (fragment_table if major == 2 else 0, 32)]
    if major == 3:
        fields += [(value, 64) for value in (used, uid_table, guid_table, inode_table, directory_table, fragment_table, export_table)]
    head = packed(*fields)
image[:SUPER] = magic + head
image += bytes(-used % 4096)
open(out, "wb").write(image)
PY
