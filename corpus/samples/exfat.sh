#!/bin/sh
# An exFAT volume. usage: exfat.sh OUT [built|deleted|mkfs] [TREE]
#   built (default), deleted: by the layout of Microsoft's specification, the same bytes each time: files with and without a chain, one
#     that is valid only in part, long names; deleted: a file and a directory whose entries are marked so
#   mkfs: mkfs.exfat, filled through a mount (needs root, FUSE and a loop device); TREE: plain (default), names, big
set -eu
out=$1
kind=${2:-built}
tree=${3:-plain}
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8 TZ=UTC
rm -f "$out"
if [ "$kind" = mkfs ]; then
    work=$(mktemp -d)
    device=
    clean() {
        ! mountpoint -q "$work/mnt" || umount "$work/mnt"
        [ -z "$device" ] || losetup -d "$device"
        rm -rf "$work"
    }
    trap clean EXIT
    case $tree in big | names) size=32M ;; *) size=4M ;; esac
    truncate -s "$size" "$out"
    mkfs.exfat -L SAMPLE "$out" > /dev/null
    sh "$here/tree.sh" "$work/tree" "$tree"
    rm -rf "$work/tree/dev" "$work/tree/bin/ash" "$work/tree/etc/dangling" "$work/tree/etc/long-target"
    find "$work/tree" \( -name "$(printf '*\n*')" -o -name "$(printf '*\033*')" -o -name '*\\*' -o -name "$(printf 'caf\351')" \) -delete
    find "$work/tree" -exec touch -h -d @1600000000 {} +
    mkdir "$work/mnt"
    device=$(losetup -f --show "$out")
    mount.exfat-fuse "$device" "$work/mnt" > /dev/null
    cp -r --preserve=timestamps "$work/tree/." "$work/mnt/"
    exit 0
fi
python3 - "$out" "$kind" <<'PY'
import random, struct, sys
SECTOR, CLUSTER, CLUSTERS, FAT_AT, HEAP_AT = 512, 1024, 180, 24, 32
noise = random.Random("exfat")
heap, fat = bytearray(CLUSTER * CLUSTERS), [0] * (CLUSTERS + 2)
fat[0], fat[1] = 0xFFFFFFF8, 0xFFFFFFFF
bitmap, free = bytearray((CLUSTERS + 7) // 8), 2

def put(data, step=1, chain=True):
    """Writes data into clusters `step` apart; returns the first."""
    global free
    count = max(1, -(-len(data) // CLUSTER))
    taken = [free + i * step for i in range(count)]
    free = taken[-1] + 1
    for i, c in enumerate(taken):
        part = data[i * CLUSTER:(i + 1) * CLUSTER]
        heap[(c - 2) * CLUSTER:(c - 2) * CLUSTER + len(part)] = part
        bitmap[(c - 2) // 8] |= 1 << (c - 2) % 8
        if chain:
            fat[c] = taken[i + 1] if i + 1 < count else 0xFFFFFFFF
    return taken[0]

def drop(first, count):
    for c in range(first, first + count):
        bitmap[(c - 2) // 8] &= ~(1 << (c - 2) % 8)
        fat[c] = 0

upper = [ord(chr(c).upper()) if len(chr(c).upper()) == 1 and not 0xD800 <= c < 0xE000 and ord(chr(c).upper()) < 65536 else c for c in range(65536)]
def packed():
    out, i = bytearray(), 0
    while i < 65536:
        run = 0
        while i + run < 65536 and upper[i + run] == i + run:
            run += 1
        if run > 2:
            run = min(run, 65535)
            out += struct.pack("<HH", 0xFFFF, run)
            i += run
        else:
            out += struct.pack("<H", upper[i])
            i += 1
    return bytes(out)

def rotate32(data, skip=()):
    total = 0
    for i, b in enumerate(data):
        if i not in skip:
            total = ((total << 31 | total >> 1) + b) & 0xFFFFFFFF
    return total

def rotate16(data, skip=()):
    total = 0
    for i, b in enumerate(data):
        if i not in skip:
            total = ((total << 15 | total >> 1) + b) & 0xFFFF
    return total

STAMP = (40 << 9 | 9 << 5 | 13) << 16 | (12 << 11 | 26 << 5 | 20)  # 2020-09-13 12:26:40
def entry_set(name, first, size, valid=None, contiguous=False, directory=False, zone=0x80, deleted=False):
    units = name.encode("utf-16-le")
    names = [units[i:i + 30] for i in range(0, len(units), 30)]
    hashed = rotate16(b"".join(struct.pack("<H", upper[u]) for u in struct.unpack(f"<{len(units) // 2}H", units)))
    file = struct.pack("<BBHHHIIIBBBBB7x", 0x85, 1 + len(names), 0, 0x10 if directory else 0x20, 0, STAMP, STAMP, STAMP, 0, 50, 0x80, zone, 0x80)
    stream = struct.pack("<BBBBHHQIIQ", 0xC0, 3 if contiguous else 1, 0, len(units) // 2, hashed, 0, size if valid is None else valid, 0, first if size else 0, size)
    whole = bytearray(file + stream + b"".join(b"\xC1\0" + n.ljust(30, b"\0") for n in names))
    whole[2:4] = struct.pack("<H", rotate16(whole, (2, 3)))
    if deleted:
        for i in range(0, len(whole), 32):
            whole[i] &= 0x7F
    return bytes(whole)

def file(name, data, step=1, contiguous=True, **more):
    return entry_set(name, put(data, step, not contiguous) if data else 0, len(data), contiguous=contiguous and bool(data), **more)

def directory(name, entries, **more):
    data = b"".join(entries)
    data = data.ljust(-(-max(len(data), 1) // CLUSTER) * CLUSTER, b"\0")
    return entry_set(name, put(data), len(data), directory=True, **more)

def text(lines, word):
    return "".join(f"{i} {word}: the quick brown fox jumps over the lazy dog\n" for i in range(1, lines + 1)).encode()

table = packed()
map_at = put(bytes(len(bitmap)))
upcase_at = put(table)
below = directory("below", [file("deep.txt", b"deep\n")])
inside = directory("a directory with a long name", [file("chained", noise.randbytes(6000), step=2, contiguous=False), file("after it", text(60, "after")), below])
entries = [
    b"\x83\x06" + "SAMPLE".encode("utf-16-le").ljust(22, b"\0") + bytes(8),
    struct.pack("<BB18xIQ", 0x81, 0, map_at, len(bitmap)),
    struct.pack("<B3xI12xIQ", 0x82, rotate32(table), upcase_at, len(table)),
    file("plain.txt", text(100, "plain")), file("empty", b""), file("Żółta łódź – \U0001F4BE.txt", "łódź\n".encode()),
    entry_set("valid in part", put(text(30, "valid") + bytes(0)), len(text(30, "valid")), valid=700),
    file("an hour east", b"zone\n", zone=0x84), inside,
    file("n" * 250, b"long\n"),
]
if sys.argv[2] == "deleted":
    first = put(text(80, "gone"), chain=False)
    entries.append(entry_set("gone.txt", first, len(text(80, "gone")), contiguous=True, deleted=True))
    drop(first, -(-len(text(80, "gone")) // CLUSTER))
    secret = put(b"secret\n", chain=False)
    listing = entry_set("a secret", secret, 7, contiguous=True, deleted=True).ljust(CLUSTER, b"\0")
    at = put(listing, chain=False)
    entries.append(entry_set("gone directory", at, CLUSTER, contiguous=True, directory=True, deleted=True))
    drop(secret, 1), drop(at, 1)
root = put(b"".join(entries).ljust(3 * CLUSTER, b"\0"))
heap[(map_at - 2) * CLUSTER:(map_at - 2) * CLUSTER + len(bitmap)] = bitmap

sectors = HEAP_AT + CLUSTERS * CLUSTER // SECTOR
boot = bytearray(SECTOR)
boot[0:11] = b"\xEB\x76\x90EXFAT   "
struct.pack_into("<QQIIIIIIHHBBBBB", boot, 64, 0, sectors, FAT_AT, 2, HEAP_AT, CLUSTERS, root, 0x1234ABCD, 0x100, 0, 9, 1, 1, 0x80, 30)
boot[120:510] = b"\xF4" * 390
boot[510:512] = b"\x55\xAA"
region = bytes(boot) + (bytes(508) + b"\0\0\x55\xAA") * 8 + bytes(SECTOR) * 2
region += struct.pack("<I", rotate32(region, (106, 107, 112))) * (SECTOR // 4)
image = region * 2 + struct.pack(f"<{len(fat)}I", *fat)
open(sys.argv[1], "wb").write(image.ljust(HEAP_AT * SECTOR, b"\0") + heap)
PY
