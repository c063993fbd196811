#!/bin/sh
# A UDF image. usage: udf.sh OUT [TREE] [virtual|virtual150|sparable|metadata|single] [sector=512|1024|2048|4096] [short|long|extended|embedded]
#   [strategy4096|streams|deleted|chained]…   or   udf.sh OUT blank OPTIONS-OF-MKUDFFS…
# No maker of such images takes a tree, so they are written here, after ECMA-167 and OSTA UDF; "blank" is what mkudffs makes.
# single: metadata in one run, as 7z wants it. Default: short descriptors, small contents embedded. chained: lists of extents go on in other blocks; strategy4096: entries
# that are superseded; streams: a named stream; deleted: a name that was removed.
set -eu
export LC_ALL=C
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "${1:-}" = blank ]; then
    shift
    truncate -s 2M "$work/out"
    SOURCE_DATE_EPOCH=1600000000 mkudffs --label=SAMPLE --uuid=0123456789abcdef "$@" "$work/out" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    # What was not written yet on a disc that is written once is not in an image of it.
    case "$*" in *cdr*) python3 -c 'import sys; d = open(sys.argv[1], "rb").read().rstrip(b"\0"); open(sys.argv[1], "wb").write(d + bytes(-len(d) % 2048))' "$work/out" ;; esac
    mv "$work/out" "$out"
    exit
fi
kind=small words=
for word in "$@"; do
    case $word in
    virtual | virtual150 | sparable | metadata | single | sector=* | short | long | extended | embedded | strategy4096 | streams | deleted | chained) words="$words $word" ;;
    *) kind=$word ;;
    esac
done
sh "$(dirname "$0")/tree.sh" "$work/tree" "$kind"
# A name that is not UTF-8 has no place in Unicode, one of 255 bytes none beside the byte that says how it is compressed.
find "$work/tree" \( -name "$(printf 'caf\351')" -o -name "$(printf '%0255d' 0 | tr 0 n)" \) -exec rm {} +
[ "$kind" != names ] || touch -d @1600000000 "$work/tree"
python3 - "$work/tree" "$work/out" $words <<'PY'
import os, stat, struct, sys, datetime
tree, out, words = sys.argv[1], sys.argv[2], sys.argv[3:]
S = next((int(w[7:]) for w in words if w.startswith("sector=")), 2048)
map_kind = next((w for w in words if w in ("virtual", "virtual150", "sparable", "metadata")), "plain")
single = "single" in words
ads = 2 if "extended" in words else 1 if "long" in words or map_kind in ("virtual", "virtual150", "metadata") else 0
embed = not any(w in words for w in ("short", "long", "extended", "chained"))
streams = "streams" in words
new = streams or map_kind in ("metadata", "virtual")
revision = {"metadata": 0x250, "virtual150": 0x150, "sparable": 0x150, "virtual": 0x201}.get(map_kind, 0x201 if new else 0x102)
version = 3 if revision >= 0x200 else 2
def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
def tag(identifier, location, body):
    head = struct.pack("<HHBBHHHI", identifier, version, 0, 0, 1, crc16(body), len(body), location)
    return head[:4] + bytes([sum(head) & 255]) + head[5:] + body
def text(name):
    try:
        return b"\x08" + name.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x10" + name.encode("utf-16-be")
def dstring(name, size):
    value = text(name) if name else b""
    return value.ljust(size - 1, b"\0") + bytes([len(value)])
charset = b"\0OSTA Compressed Unicode".ljust(64, b"\0")
def entity(name, suffix=b""): return b"\0" + name.encode().ljust(23, b"\0") + suffix.ljust(8, b"\0")
domain = entity("*OSTA UDF Compliant", struct.pack("<H", revision))
def stamp(seconds, zone=60): # local time, an hour east of Greenwich
    t = datetime.datetime.fromtimestamp(seconds + zone * 60, datetime.timezone.utc)
    return struct.pack("<HhBBBBBBBB", 1 << 12 | zone & 0xFFF, t.year, t.month, t.day, t.hour, t.minute, t.second, 0, 0, 0)
now = stamp(1600000000)

START = 288                        # of the partition; packets of 32 end there
blocks = {}                        # physical block of the partition: content
next_block = [0]
metadata = []                      # blocks of the metadata file
virtual = []                       # block of each virtual one
def place(data, count=None):
    count = count or max(1, -(-len(data) // S))
    at = next_block[0]
    next_block[0] += count
    for i in range(count):
        blocks[at + i] = data[i * S:(i + 1) * S].ljust(S, b"\0")
    return at
# What carries structures: (reserve, fill) with the reference of the partition.
def reserve():
    if map_kind == "metadata":
        metadata.append(None)
        return len(metadata) - 1
    if map_kind.startswith("virtual"):
        virtual.append(place(b"", 1))
        return len(virtual) - 1
    return place(b"", 1)
REF = 0 if map_kind in ("plain", "sparable") else 1
def fill(at, data):
    assert len(data) <= S, len(data)
    data = data.ljust(S, b"\0")
    if map_kind == "metadata":
        metadata[at] = data
    else:
        blocks[virtual[at] if map_kind.startswith("virtual") else at] = data
def long_ad(length, block, ref=None, use=b""): return struct.pack("<IIH", length, block, REF if ref is None else ref) + use.ljust(6, b"\0")
def descriptor(length, block, ref):
    if ads == 0:
        return struct.pack("<II", length, block)
    if ads == 1:
        return long_ad(length, block, ref)
    return struct.pack("<III", length, length & 0x3FFFFFFF, length & 0x3FFFFFFF) + struct.pack("<IH", block, ref) + bytes(2)
def extents_of(data):
    """Runs with holes: whole blocks of zeros are not recorded."""
    size = 16 * S if "chained" in words else max(S, (1 << 20) // S * S)
    for at in range(0, len(data), size):
        piece = data[at:at + size]
        if not any(piece):
            yield (2 << 30 | len(piece), 0, 0)
        else:
            if "chained" in words:
                next_block[0] += 1
            yield (len(piece), place(piece), 0)
unique = [16]
def entry(at, kind, st, data, extra=b"", stream_dir=None, flags_more=0):
    """Writes the entry of an object at block `at`."""
    perm = (st.st_mode & 7) | (st.st_mode >> 3 & 7) << 5 | (st.st_mode >> 6 & 7) << 10
    flags = (st.st_mode >> 11 & 1) << 6 | (st.st_mode >> 10 & 1) << 7 | (st.st_mode >> 9 & 1) << 8 | flags_more
    header = 216 if new else 176
    fits = len(data) <= S - header - len(extra)
    # Structures stay where structures are.
    if fits and (embed or ("embedded" in words)):
        flags |= 3
        content, recorded = data, 0
    else:
        flags |= ads
        before = next_block[0]
        if kind == 4 and (map_kind == "metadata" or map_kind.startswith("virtual")):
            pieces = []
            for i in range(0, len(data), S):
                b = reserve()
                fill(b, data[i:i + S])
                pieces.append(descriptor(len(data[i:i + S]), b, REF))
        else:
            pieces = [descriptor(*e) for e in extents_of(data)]
        recorded = next_block[0] - before
        room = 3 * len(pieces[0]) if "chained" in words and pieces else S - header - len(extra)
        content = b"".join(pieces)
        if len(content) > room:
            # From the end: each block of descriptors leads to the next.
            one = len(pieces[0])
            per = 5 if "chained" in words else (S - 24) // one - 1
            head = room // one - 1
            rest = pieces[head:]
            chunks = [rest[i:i + per] for i in range(0, len(rest), per)]
            nxt = None
            for chunk in reversed(chunks):
                body = b"".join(chunk) + (descriptor(3 << 30 | S, nxt, REF) if nxt is not None else b"")
                nxt_new = reserve()
                fill(nxt_new, tag(258, nxt_new, struct.pack("<II", 0, len(body))) + body)
                nxt = nxt_new
            content = b"".join(pieces[:head]) + descriptor(3 << 30 | S, nxt, REF)
    icb = struct.pack("<IHHHBBIHH", 0, 4096 if "strategy4096" in words and kind == 5 else 4, 0, 1, 0, kind, 0, 0, flags)
    links = st.st_nlink if kind != 4 else 1
    body = icb + struct.pack("<IIIHBBIQ", st.st_uid, st.st_gid, perm, links, 0, 0, 0, len(data))
    if new:
        body += struct.pack("<QQ", len(data), recorded) + stamp(int(st.st_mtime)) * 4 + struct.pack("<II", 1, 0) + bytes(16)
        body += (long_ad(S, stream_dir) if stream_dir is not None else bytes(16)) + entity("*assay sample")
    else:
        body += struct.pack("<Q", recorded) + stamp(int(st.st_mtime)) * 3 + struct.pack("<I", 1) + bytes(16) + entity("*assay sample")
    body += struct.pack("<QII", unique[0], len(extra), len(content)) + extra + content
    unique[0] += 1
    identifier = 266 if new else 261
    if "strategy4096" in words and kind == 5:
        # An older version of the entry, then the way to this one.
        newer = reserve()
        old = body[:40] + struct.pack("<Q", 0) + body[48:]
        fill(at, tag(identifier, at, old))
        fill(at + 1, tag(259, at + 1, icb + long_ad(S, newer)))
        reserve()
        fill(newer, tag(identifier, newer, body))
        fill(newer + 1, tag(260, newer + 1, icb))
        return
    fill(at, tag(identifier, at, body))
def take_entry(kind):
    at = reserve()
    if "strategy4096" in words and kind == 5:
        assert reserve() == at + 1
    return at
def identifier(name, at, characteristics, location=0):
    value = text(name) if name is not None else b""
    body = struct.pack("<HBB", 1, characteristics, len(value)) + long_ad(S, at) + struct.pack("<H", 0) + value
    body += bytes(-(16 + len(body)) % 4)
    return tag(257, location, body)
def link_data(target):
    result = b""
    if target.startswith("/"):
        result += bytes([2, 0, 0, 0])
    for part in target.strip("/").split("/"):
        value = text(part)
        result += bytes([3, 0, 0, 0]) if part == ".." else bytes([4, 0, 0, 0]) if part == "." else bytes([5, len(value), 0, 0]) + value
    return result
def device(st):
    record = struct.pack("<IBBBBIIII", 12, 1, 0, 0, 0, 24, 0, os.major(st.st_rdev), os.minor(st.st_rdev))
    return tag(262, 0, struct.pack("<II", 24 + len(record), 24 + len(record))) + record
known = {}
def write(path, at, parent):
    st = os.lstat(path)
    if stat.S_ISDIR(st.st_mode):
        data = identifier(None, parent, 0x0A)
        for name in sorted(os.listdir(os.fsencode(path))):
            full = os.path.join(os.fsencode(path), name)
            s = os.lstat(full)
            kind = 4 if stat.S_ISDIR(s.st_mode) else 5
            key = (s.st_dev, s.st_ino)
            if key in known:
                child = known[key]
            else:
                child = take_entry(5 if stat.S_ISREG(s.st_mode) else 4)
                if kind != 4 and s.st_nlink > 1:
                    known[key] = child
                write(full, child, at)
            data += identifier(name.decode("utf-8", "surrogateescape"), child, 2 if kind == 4 else 0)
        if path == tree and "deleted" in words:
            gone = take_entry(5)
            fake = os.lstat(os.path.join(tree, "etc/passwd"))
            entry(gone, 5, fake, b"this was deleted\n")
            data += identifier("gone", gone, 4)
        entry(at, 4, st, data)
    elif stat.S_ISREG(st.st_mode):
        directory = None
        if streams and os.path.basename(path) == b"passwd":
            stream, directory = reserve(), reserve()
            entry(stream, 5, st, b"hidden in a stream\n")
            entry(directory, 13, st, identifier(None, at, 0x0A) + identifier("secret", stream, 0x10))
        entry(at, 5, st, open(path, "rb").read(), stream_dir=directory)
    elif stat.S_ISLNK(st.st_mode):
        entry(at, 12, st, link_data(os.readlink(os.fsdecode(path))))
    elif stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
        entry(at, 7 if stat.S_ISCHR(st.st_mode) else 6, st, b"", device(st))
    else:
        entry(at, 9 if stat.S_ISFIFO(st.st_mode) else 10, st, b"")
if map_kind == "metadata":
    place(b"", 1)                  # the entry of the metadata file comes first
file_set = reserve()
root = take_entry(4)
write(tree, root, root)
fill(file_set, tag(256, file_set, now + struct.pack("<HHIIII", 3, 3, 1, 1, 0, 0) + charset + dstring("SAMPLE", 128) + charset + dstring("SAMPLE", 32)
                   + bytes(64) + long_ad(S, root) + domain + bytes(48)))

def simple_entry(at, kind, descriptors, size):
    icb = struct.pack("<IHHHBBIHH", 0, 4, 0, 1, 0, kind, 0, 0, 0)
    body = icb + struct.pack("<IIIHBBIQ", 0xFFFFFFFF, 0xFFFFFFFF, 0, 0 if kind >= 250 else 1, 0, 0, 0, size)
    body += struct.pack("<QQ", size, -(-size // S)) + now * 4 + struct.pack("<II", 1, 0) + bytes(32) + entity("*assay sample") + struct.pack("<QII", 0, 0, len(descriptors))
    return tag(266, at, body + descriptors)
maps = struct.pack("<BBHH", 1, 6, 1, 0)
if map_kind == "metadata":
    # In two runs, and mirrored.
    half = len(metadata) // 2
    first, second = place(b"".join(metadata[:half])), (single or place(b"", 3), place(b"".join(metadata[half:])))[1]
    place(b"", 5)
    mirror_first, mirror_second = place(b"".join(metadata[:half])), place(b"".join(metadata[half:]))
    def runs(a, b): return struct.pack("<II", len(metadata) * S, a) if single else struct.pack("<IIII", half * S, a, (len(metadata) - half) * S, b)
    size = len(metadata) * S
    blocks[0] = simple_entry(0, 250, runs(first, second), size).ljust(S, b"\0")
    bits = b"\xff" * (-(-len(metadata) // 8))
    bitmap_data = place(tag(264, 0, struct.pack("<II", len(metadata), len(bits)) + bits))
    bitmap = place(b"", 1)
    blocks[bitmap] = simple_entry(bitmap, 252, struct.pack("<II", 24 + len(bits), bitmap_data), 24 + len(bits)).ljust(S, b"\0")
    mirror = place(b"", 1)
    blocks[mirror] = simple_entry(mirror, 251, runs(mirror_first, mirror_second), size).ljust(S, b"\0")
    maps += struct.pack("<BBH", 2, 64, 0) + entity("*UDF Metadata Partition", struct.pack("<H", 0x250)) + struct.pack("<HHIIIIHB", 1, 0, 0, mirror, bitmap, 1, 1, 1) + bytes(5)
spare = None
if map_kind == "sparable":
    maps = struct.pack("<BBH", 2, 64, 0) + entity("*UDF Sparable Partition", struct.pack("<H", 0x150)) + struct.pack("<HHHBBIIIII", 1, 0, 32, 2, 0, S, 160, 176, 0, 0) + bytes(8)
    spare = 192                    # packet 1 of the partition stands here, in its place is rubbish
    place(b"", -next_block[0] % 32 or 32)
if map_kind.startswith("virtual"):
    maps += struct.pack("<BBH", 2, 64, 0) + entity("*UDF Virtual Partition", struct.pack("<H", revision)) + struct.pack("<HH", 1, 0) + bytes(24)
    table = b"".join(struct.pack("<I", b) for b in virtual)
    if map_kind == "virtual":
        table = struct.pack("<HH", 152, 0) + dstring("SAMPLE", 128) + struct.pack("<IIIHHHH", 0xFFFFFFFF, 1, 1, 0x201, 0x201, 0x201, 0) + table
    else:
        table += entity("*UDF Virtual Alloc Tbl", struct.pack("<H", 0x150)) + struct.pack("<I", 0xFFFFFFFF)
    data = place(table)
    at = place(b"", 1)
    icb_kind = 248 if map_kind == "virtual" else 0
    blocks[at] = simple_entry(at, icb_kind, struct.pack("<II", len(table), data), len(table)).ljust(S, b"\0")
length = next_block[0]
bitmap_at = None
if map_kind in ("plain", "sparable"):
    bits = length + 1 + (-(length + 1) % 32)
    bitmap_at = place(tag(264, 0, struct.pack("<II", bits, bits // 8) + bytes(bits // 8)))
    if map_kind == "sparable":
        place(b"", -next_block[0] % 32 or 32)
length = next_block[0]
total = START + length
anchor_last = not map_kind.startswith("virtual") # there the table is the last thing
image = bytearray((total + (1 if anchor_last else 0)) * S)
def put(sector, data): image[sector * S:sector * S + len(data)] = data
for i, word in enumerate((b"BEA01", b"NSR03" if version == 3 else b"NSR02", b"TEA01")):
    at = 32768 + i * max(2048, S)
    image[at:at + 7] = b"\0" + word + b"\1"
primary = struct.pack("<II", 0, 0) + dstring("SAMPLE", 32) + struct.pack("<HHHHII", 1, 1, 2, 2, 1, 1) + dstring("0123456789abcdefSAMPLE", 128) + charset * 2 + bytes(16)
primary += entity("*assay") + now + entity("*assay sample") + bytes(64 + 4 + 2 + 22)
header = bytes(8) + (struct.pack("<II", S * -(-(24 + bits // 8) // S), bitmap_at) if bitmap_at is not None else bytes(8)) + bytes(24)
partition = struct.pack("<IHH", 2, 1, 0) + entity("+NSR03" if version == 3 else "+NSR02") + header.ljust(128, b"\0") + struct.pack("<III", 4, START, length) + entity("*assay sample") + bytes(128 + 156)
count = 1 if map_kind in ("plain", "sparable") else 2
logical = struct.pack("<I", 1) + charset + dstring("SAMPLE", 128) + struct.pack("<I", S) + domain + long_ad(S, file_set) + struct.pack("<II", len(maps), count)
logical += entity("*assay sample") + bytes(128) + struct.pack("<II", 2 * S, 128) + maps
for at in (96, 112):
    for i, (number, body) in enumerate(((1, primary), (6, logical), (5, partition), (7, struct.pack("<II", 3, 0)), (8, bytes(496)))):
        put(at + i, tag(number, at + i, body))
integrity = now + struct.pack("<III", 1, 0, 0) + struct.pack("<Q", unique[0]).ljust(32, b"\0") + struct.pack("<II", count, 46) + struct.pack("<I", 0) * count + struct.pack("<I", length) * count
put(128, tag(9, 128, integrity + entity("*assay sample") + struct.pack("<IIHHH", 1, 1, revision, revision, revision)))
put(129, tag(8, 129, bytes(496)))
for at in (256,) + ((total,) if anchor_last else ()):
    put(at, tag(2, at, struct.pack("<IIII", 16 * S, 96, 16 * S, 112) + bytes(480)))
for b, data in blocks.items():
    put(START + b, data)
if spare is not None:
    at = (START + 32) * S
    put(spare, image[at:at + 32 * S])
    image[at:at + 32 * S] = b"\xE5" * (32 * S)
    table = entity("*UDF Sparing Table", struct.pack("<H", 0x150)) + struct.pack("<HHI", 2, 0, 1) + struct.pack("<IIII", 32, spare, 0xFFFFFFFF, spare + 32)
    for at in (160, 176):
        put(at, tag(0, at, table))
open(out, "wb").write(image)
PY
mv "$work/out" "$out"
