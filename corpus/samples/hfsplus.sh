#!/bin/sh
# An HFS Plus image. usage: hfsplus.sh OUT [TREE] [hfsx] [block=N] [fragmented] [journal|dirty] [compressed] [resources] [wrapper]
#   hfsplus.sh OUT xorriso: the volume of an ISO 9660 / HFS Plus hybrid · hfsplus.sh OUT hybrid: that hybrid itself · hfsplus.sh OUT hfs: an old HFS
# Debian has no mkfs.hfsplus, so images are written here after Apple's Technical Note 1150. fragmented: extents of one block, so that
# most stand in the overflow tree; resources: resource forks, a name with a separator; wrapper: inside of an old HFS.
set -eu
export LC_ALL=C
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kind=small words=
for word in "$@"; do
    case $word in
    hfsx | block=* | fragmented | journal | dirty | compressed | resources | wrapper | xorriso | hybrid | hfs) words="$words $word" ;;
    *) kind=$word ;;
    esac
done
case $words in
*xorriso | *hybrid)
    sh "$(dirname "$0")/tree.sh" "$work/tree" plain
    xorriso -as mkisofs -quiet -hfsplus -R -V SAMPLE -o "$work/hybrid" "$work/tree" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
    [ "$words" = " hybrid" ] && { mv "$work/hybrid" "$out"; exit; }
    python3 - "$work/hybrid" "$out" <<'PY'
import struct, sys
image = open(sys.argv[1], "rb").read()
at = image.index(b"H+\0\4")  - 1024
size, blocks = struct.unpack_from(">II", image, at + 1024 + 40)
open(sys.argv[2], "wb").write(image[at:at + size * blocks])
PY
    exit ;;
*hfs)
    truncate -s 1M "$work/out"
    export HOME="$work"
    hformat -l SAMPLE "$work/out" > /dev/null
    hmount "$work/out" > /dev/null
    echo 'a file of old' > "$work/file"
    hcopy -r "$work/file" :old
    humount
    mv "$work/out" "$out"
    exit ;;
esac
sh "$(dirname "$0")/tree.sh" "$work/tree" "$kind"
# A name that is not UTF-8 has no place in Unicode.
find "$work/tree" -name "$(printf 'caf\351')" -exec rm {} +
case $words in *resources*) echo colon > "$work/tree/a:b"; touch -d @1600000000 "$work/tree/a:b" ;; esac
touch -d @1600000000 "$work/tree"
python3 - "$work/tree" "$work/out" $words <<'PY'
import os, stat, struct, sys, zlib
tree, out, words = os.fsencode(sys.argv[1]), sys.argv[2], sys.argv[3:]
B = next((int(w[6:]) for w in words if w.startswith("block=")), 4096)
hfsx = "hfsx" in words
EPOCH = 2082844800
NOW = 1600000000 + EPOCH
blocks = {}
free_at = [max(1, -(-1536 // B))]
overflow = []
def allocate(data, fragmented=False):
    """Extents and their content."""
    count = -(-len(data) // B)
    extents = []
    if fragmented:
        for i in range(count):
            extents.append((free_at[0], 1))
            free_at[0] += 2
    elif count:
        extents.append((free_at[0], count))
        free_at[0] += count
    i = 0
    for start, length in extents:
        for b in range(length):
            blocks[start + b] = data[i * B:(i + 1) * B].ljust(B, b"\0")
            i += 1
    return extents
def fork(data, cnid, kind, fragmented=False):
    extents = allocate(data, fragmented)
    done = sum(n for _, n in extents[:8])
    for i in range(8, len(extents), 8):
        part = extents[i:i + 8]
        overflow.append((cnid, kind, done, part))
        done += sum(n for _, n in part)
    return struct.pack(">QII", len(data), 0, sum(n for _, n in extents)) + run(extents[:8])
def run(extents): return b"".join(struct.pack(">II", *e) for e in extents).ljust(64, b"\0")
def u16(name): return name.decode("utf-8").replace(":", "/").encode("utf-16-be") if isinstance(name, bytes) else name.encode("utf-16-be")
def order(name16):
    units = struct.unpack(">%dH" % (len(name16) // 2), name16)
    return units if hfsx else tuple(0xFFFF if u == 0 else ord(chr(u).lower()) if u < 0xD800 else u for u in units)
catalog, attributes = {}, []
def key(parent, name16):
    return struct.pack(">HIH", 6 + len(name16), parent, len(name16) // 2) + name16
def put(parent, name16, data): catalog[(parent, order(name16))] = (key(parent, name16), data)
def thread(kind, cnid, parent, name16): put(cnid, b"", struct.pack(">HHIH", kind, 0, parent, len(name16) // 2) + name16)
def bsd(st, special=0, mode=None):
    return struct.pack(">IIBBHI", st.st_uid, st.st_gid, 0, 0x20 if mode == "packed" else 0, st.st_mode, special)
def folder(parent, name16, cnid, st, valence):
    when = int(st.st_mtime) + EPOCH
    put(parent, name16, struct.pack(">HHIIIIIII", 1, 0, valence, cnid, when, when, when, when, 0) + bsd(st) + bytes(40))
    thread(3, cnid, parent, name16)
def file(parent, name16, cnid, st, data, special=0, finder=bytes(32), resource=b"", packed=False):
    when = int(st.st_mtime) + EPOCH
    broken = "fragmented" in words
    record = struct.pack(">HHIIIIIII", 2, 2, 0, cnid, when, when, when, when, 0) + bsd(st, special, "packed" if packed else None) + finder + bytes(8)
    put(parent, name16, record + fork(data, cnid, 0, broken) + fork(resource, cnid, 255, broken))
    thread(4, cnid, parent, name16)
def attribute(cnid, name, value):
    name16 = name.encode("utf-16-be")
    attributes.append(((cnid, name16), struct.pack(">HHIIH", 12 + len(name16), 0, cnid, 0, len(name16) // 2) + name16, struct.pack(">IIII", 0x10, 0, 0, len(value)) + value + bytes(len(value) % 2)))
next_id = [16]
def new_id():
    next_id[0] += 1
    return next_id[0] - 1
class fixed: st_uid = st_gid = 0; st_mtime = 1600000000; st_mode = 0o040755
private = new_id()
private_name = "\0\0\0\0HFS+ Private Data".encode("utf-16-be")
inodes = {}
count = {"files": 0, "folders": 1}
def packed_file(data, cnid):
    """The content as decmpfs has it: small ones in the attribute, others in the resource fork."""
    head = b"fpmc" + struct.pack("<IQ", 3, len(data))
    small = zlib.compress(data, 9)
    if len(data) < 100:
        attribute(cnid, "com.apple.decmpfs", head + b"\xff" + data)
        return b""
    if len(small) < 3000:
        attribute(cnid, "com.apple.decmpfs", head + small)
        return b""
    attribute(cnid, "com.apple.decmpfs", b"fpmc" + struct.pack("<IQ", 4, len(data)))
    parts = []
    for i in range(0, len(data), 65536):
        part = zlib.compress(data[i:i + 65536], 9)
        parts.append(part if len(part) < len(data[i:i + 65536]) else b"\xff" + data[i:i + 65536])
    at, table = 4 + 8 * len(parts), b""
    for part in parts:
        table += struct.pack("<II", at, len(part))
        at += len(part)
    body = struct.pack("<I", len(parts)) + table + b"".join(parts)
    resource = struct.pack(">IIII", 256, 256 + 4 + len(body), 4 + len(body), 50).ljust(256, b"\0") + struct.pack(">I", len(body)) + body
    return resource + bytes(24) + struct.pack(">HHH4sHHHHII", 28, 50, 0, b"cmpf", 0, 10, 1, 0xFFFF, 0, 0)
def write(path, parent, cnid, name16):
    st = os.lstat(path)
    names = sorted(os.listdir(path))
    folder(parent, name16, cnid, st, len(names))
    for name in names:
        full = os.path.join(path, name)
        s = os.lstat(full)
        n16 = u16(name)
        me = new_id()
        if stat.S_ISDIR(s.st_mode):
            count["folders"] += 1
            write(full, cnid, me, n16)
            target = me
        elif stat.S_ISREG(s.st_mode) and s.st_nlink > 1:
            first = (s.st_dev, s.st_ino) not in inodes
            target = inodes.setdefault((s.st_dev, s.st_ino), me)
            if first:
                me = new_id()
                file(private, ("iNode%d" % target).encode("utf-16-be"), target, s, open(full, "rb").read(), s.st_nlink)
            file(cnid, n16, me, s, b"", target, b"hlnkhfs+" + bytes([1, 0]) + bytes(22))
            if not first:
                target = None
        else:
            target = me
            content = open(full, "rb").read() if stat.S_ISREG(s.st_mode) else os.readlink(full) if stat.S_ISLNK(s.st_mode) else b""
            special = os.major(s.st_rdev) << 24 | os.minor(s.st_rdev) if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode) else 1
            resource = b"the resources of " + name if "resources" in words and stat.S_ISREG(s.st_mode) and content else b""
            packed = "compressed" in words and stat.S_ISREG(s.st_mode) and len(content) > 0
            if packed:
                resource, content = packed_file(content, me), b""
            file(cnid, n16, me, s, content, special, resource=resource, packed=packed)
        count["files"] += not stat.S_ISDIR(s.st_mode)
        if target is not None and not stat.S_ISLNK(s.st_mode):
            for x in sorted(os.listxattr(full, follow_symlinks=False)):
                attribute(target, x, os.getxattr(full, x, follow_symlinks=False))
# The catalog stands before the files, with room to grow.
N = max(B, 4096)
reserved = (sum(len(d) + len(f) + 1 for _, d, f in os.walk(tree)) * 3 // 2 * 600 // N + 4) * N // B
catalog_at = free_at[0]
free_at[0] += reserved
write(tree, 1, 2, "SAMPLE".encode("utf-16-be"))
if inodes:
    fixed.st_mode = 0o040000
    folder(2, private_name, private, fixed, len(inodes))
journal_info = 0
if "journal" in words or "dirty" in words:
    size = 16 * B
    info = allocate(bytes(B))[0][0]
    log = allocate(bytes(size))[0][0]
    end = 4096 if "dirty" in words else 512
    blocks[info] = struct.pack(">I8IQQ", 1, *[0] * 8, log * B, size).ljust(B, b"\0")
    blocks[log] = struct.pack("<IIQQQIII", 0x4A4E4C78, 0x12345678, 512, end, size, 4096, 0, 512).ljust(B, b"\0")
    journal_info = info
def btree(records, size, key_max, compare, attrs, room=0):
    """records: sorted (key, data)."""
    nodes = [None]
    def node(kind, height, items):
        data = bytearray(size)
        at = 14
        for i, item in enumerate(items):
            data[at:at + len(item)] = item
            struct.pack_into(">H", data, size - 2 * (i + 1), at)
            at += len(item)
        struct.pack_into(">H", data, size - 2 * (len(items) + 1), at)
        struct.pack_into(">bBH", data, 8, kind, height, len(items))
        nodes.append(data)
        return len(nodes) - 1
    def level(kind, height, items):
        made, now, room = [], [], size - 14 - 2
        for k, item in items:
            if room < len(item) + 2:
                made.append((now[0][0], node(kind, height, [i for _, i in now])))
                now, room = [], size - 14 - 2
            now.append((k, item))
            room -= len(item) + 2
        if now:
            made.append((now[0][0], node(kind, height, [i for _, i in now])))
        for a, b in zip(made, made[1:]):
            struct.pack_into(">I", nodes[a[1]], 0, b[1])
            struct.pack_into(">I", nodes[b[1]], 4, a[1])
        return made
    height, root, first, last = 0, 0, 0, 0
    if records:
        made, height = level(-1, 1, [(k, k + d) for k, d in records]), 1
        first, last = made[0][1], made[-1][1]
        while len(made) > 1:
            height += 1
            made = level(0, height, [(k, k + struct.pack(">I", n)) for k, n in made])
        root = made[0][1]
    made = len(nodes)
    while len(nodes) * size < room:
        nodes.append(bytes(size))
    head = bytearray(size)
    struct.pack_into(">bBH", head, 8, 1, 0, 3)
    struct.pack_into(">HIIIIHHIIHIBBI", head, 14, height, root, len(records), first, last, size, key_max, len(nodes), len(nodes) - made, 0, size, 0, compare, attrs)
    bitmap = bytearray(size - 256)
    for i in range(made):
        bitmap[i // 8] |= 0x80 >> i % 8
    head[248:248 + len(bitmap)] = bitmap
    struct.pack_into(">HHHH", head, size - 8, size - 8, 248, 120, 14)
    nodes[0] = head
    return b"".join(nodes)
catalog_data = btree([catalog[k] for k in sorted(catalog)], N, 516, 0xBC if hfsx else 0xCF, 6, reserved * B)
assert len(catalog_data) == reserved * B, (len(catalog_data), reserved * B)
attribute_data = btree([(k, d) for _, k, d in sorted(attributes)], 8192, 266, 0, 6) if attributes else b""
for i in range(reserved):
    blocks[catalog_at + i] = catalog_data[i * B:(i + 1) * B]
catalog_fork = struct.pack(">QII", len(catalog_data), 0, reserved) + run([(catalog_at, reserved)])
attribute_fork = fork(attribute_data, 8, 0)
extent_records = [(struct.pack(">HBBII", 10, kind, 0, cnid, start), run(part)) for cnid, kind, start, part in sorted(overflow)]
extent_fork = fork(btree(extent_records, 4096, 10, 0, 2), 3, 0)
used = free_at[0] + 8          # room for the bitmap and the copy of the header
bitmap_blocks = -(-(used + 8) // 8 // B) or 1
total = free_at[0] + bitmap_blocks + 2
bits = bytearray(-(-total // 8))
bitmap_start = free_at[0]
allocation_fork = fork(bytes(len(bits)), 6, 0)
taken = set(blocks) | set(range(max(1, -(-1536 // B)))) | {total - 1} | ({total - 2} if B == 512 else set())
for b in taken:
    bits[b // 8] |= 0x80 >> b % 8
for i in range(-(-len(bits) // B)):
    blocks[bitmap_start + i] = bytes(bits[i * B:(i + 1) * B]).ljust(B, b"\0")
state = 0x100 | (0x2000 if journal_info else 0)
header = struct.pack(">2sHIIIIIII", b"HX" if hfsx else b"H+", 5 if hfsx else 4, state, 0x48465358 if journal_info else 0x31302E30, journal_info, NOW, NOW, 0, NOW)
header += struct.pack(">IIIII", count["files"], count["folders"] - 1, B, total, total - len(taken)) + struct.pack(">IIIIIQ", 0, B, B, next_id[0], 1, 1) + bytes(32)
header += allocation_fork + extent_fork + catalog_fork + attribute_fork + bytes(80)
assert len(header) == 512
image = bytearray(total * B)
for b, data in blocks.items():
    image[b * B:(b + 1) * B] = data
image[1024:1536] = header
image[len(image) - 1024:len(image) - 512] = header
if "wrapper" in words:
    size = 4096
    count = -(-len(image) // size)
    first = 16
    mdb = struct.pack(">HIIHHHHHIIHIH", 0x4244, NOW, NOW, 0x100, 0, 3, 0, count, size, size, first, 16, 0) + bytes([6]) + b"SAMPLE".ljust(27, b"\0")
    mdb = mdb.ljust(124, b"\0") + struct.pack(">2sHH", b"H+", 0, count)
    mdb = mdb.ljust(512, b"\0")
    image = bytes(1024) + mdb + (b"\xff" * (-(-count // 8))).ljust(first * 512 - 1536, b"\0") + bytes(image).ljust(count * size, b"\0") + mdb + bytes(512)
open(out, "wb").write(image)
PY
mv "$work/out" "$out"
