#!/bin/sh
# A Minix file system. mkfs.minix makes only empty ones, so it is built here, from the published layout. The same bytes on every machine.
# usage: minix.sh OUT [TREE [KEY=VALUE …]]         TREE: see tree.sh
#   version=1|2|3  names=14|30 (60 in version 3)  order=little|big  block=1024 (version 3: also 2048, 4096)  zone=0 (logarithm)  zones=700
#   lost=PATH      what stands there loses its name
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
tree=${2:-small}
[ $# -lt 2 ] && shift || shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
sh "$(dirname "$0")/tree.sh" "$root/tree" "$tree"
python3 - "$root/tree" "$out" "$@" <<'PY'
import os, stat, struct, sys
root, out = sys.argv[1:3]
asked = dict(word.split("=") for word in sys.argv[3:])
version, block, log = (int(asked.get(k, d)) for k, d in (("version", 2), ("block", 1024), ("zone", 0)))
names = 60 if version == 3 else int(asked.get("names", 30))
zones, lost = int(asked.get("zones", 700)), asked.get("lost")
order = {"little": "<", "big": ">"}[asked.get("order", "little")]
zone_size, pointer = block << log, "H" if version == 1 else "I"
per_block = block // struct.calcsize("=" + pointer)

# Paths in order, so that numbers are the same everywhere; hard links share a number.
paths = ["."]
for folder, folders, files in os.walk(root):
    folders.sort()
    paths += sorted(os.path.relpath(os.path.join(folder, n), root) for n in folders + files)
numbers, known = {}, {}
for path in paths:
    facts = os.lstat(os.path.join(root, path))
    key = (facts.st_dev, facts.st_ino)
    known.setdefault(key, len(known) + 1)
    numbers[path] = known[key]
inodes = -(-(len(known) + 20) // 32) * 32
inode_size = 32 if version == 1 else 64
inode_map = inodes // (8 * block) + 1
table = -(-inodes * inode_size // block)
zone_map = zones // (8 * block) + 1
first = -(-(2 + inode_map + zone_map + table) * block // zone_size)
image = bytearray(zones * zone_size)
used = first

def new_zone(data):
    global used
    image[used * zone_size:used * zone_size + len(data)] = data
    used += 1
    return used - 1

def level_of(chunks, level):
    """The zone that leads to these zones, `level` levels below it."""
    if level == 0:
        return chunks[0]
    below = per_block ** (level - 1)
    parts = [chunks[i:i + below] for i in range(0, len(chunks), below)]
    words = [level_of(p, level - 1) if any(p) else 0 for p in parts]
    return new_zone(struct.pack(f"{order}{len(words)}{pointer}", *words)) if any(words) else 0

def zones_of(data):
    chunks = [data[i:i + zone_size] for i in range(0, len(data), zone_size)]
    chunks = [new_zone(c) if any(c) else 0 for c in chunks]
    listed = (chunks[:7] + [0] * 7)[:7]
    rest = chunks[7:]
    for level in range(1, 3 if version == 1 else 4):
        part, rest = rest[:per_block ** level], rest[per_block ** level:]
        listed.append(level_of(part, level) if any(part) else 0)
    return listed

def entry(number, name):
    name = os.fsencode(name)
    assert len(name) <= names, name
    return struct.pack(order + ("I" if version == 3 else "H"), number) + name.ljust(names, b"\0")

links = {}
written = set()
for path in paths:
    full = os.path.join(root, path)
    facts = os.lstat(full)
    number = numbers[path]
    mode = facts.st_mode
    if stat.S_ISDIR(mode):
        parent = os.path.dirname(path) or "."
        parent = "." if path == "." else parent
        content = entry(number, ".") + entry(numbers[parent], "..")
        for name in sorted(os.listdir(full)):
            inside = os.path.normpath(os.path.join(path, name))
            content += entry(0 if inside == lost else numbers[inside], name)
        count = 2 + sum(os.path.isdir(os.path.join(full, n)) and not os.path.islink(os.path.join(full, n)) for n in os.listdir(full))
        content_zones = zones_of(content)
        size = len(content)
    else:
        if number in written:
            continue
        count = facts.st_nlink
        size = facts.st_size
        if stat.S_ISREG(mode):
            content_zones = zones_of(open(full, "rb").read())
        elif stat.S_ISLNK(mode):
            content_zones = zones_of(os.fsencode(os.readlink(full)))
        else:
            size = 0
            content_zones = [0] * (9 if version == 1 else 10)
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                content_zones[0] = os.major(facts.st_rdev) << 8 | os.minor(facts.st_rdev) & 0xFF
    written.add(number)
    time = int(facts.st_mtime)
    if version == 1:
        raw = struct.pack(order + "HHIIBB9H", mode, facts.st_uid, size, time, facts.st_gid & 0xFF, count, *content_zones)
    else:
        raw = struct.pack(order + "HHHHIIII10I", mode, count, facts.st_uid, facts.st_gid, size, time, time, time, *content_zones)
    at = (2 + inode_map + zone_map) * block + (number - 1) * inode_size
    image[at:at + inode_size] = raw

def set_bits(at, count, end, last):
    """The first `count` bits, and those behind `end` that name nothing; 16-bit words when big-endian, as on m68k."""
    for bit in list(range(count)) + list(range(end, last)):
        image[at + (bit // 8 ^ (order == ">"))] |= 1 << bit % 8

set_bits(2 * block, len(known) + 1, inodes + 1, inode_map * block * 8)
set_bits((2 + inode_map) * block, used - first + 1, zones - first + 1, zone_map * block * 8)
magic = {(1, 14): 0x137F, (1, 30): 0x138F, (2, 14): 0x2468, (2, 30): 0x2478, (3, 60): 0x4D5A}[version, names]
most = 0x10081C00 if version == 1 else 0x7FFFFFFF
if version == 3:
    head = struct.pack(order + "IHHHHHHIIHHHB", inodes, 0, inode_map, zone_map, first, log, 0, most, zones, magic, 0, block, 0)
else:
    head = struct.pack(order + "HHHHHHIHHI", inodes, zones if version == 1 else 0, inode_map, zone_map, first, log, most, magic, 1, zones if version == 2 else 0)
image[1024:1024 + len(head)] = head
open(out, "wb").write(image)
PY
