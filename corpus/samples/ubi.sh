#!/bin/sh
# A UBI area: "kernel" (static, 20000 bytes of noise), "rootfs" (dynamic, autoresize, the numbers from 1 to 12000) and "empty".
# usage: ubi.sh OUT [VARIANT]
#   made by ubinize:    default (16 KiB blocks), odd (24 KiB), nor (no page size), aligned, big-pages, ubifs [TREE]
#   states of a flash in use, made of the default by changing its blocks as Linux would, or as damage does:
#     shuffled newer copied interrupted free bad-ec bad-first-ec bad-vid bad-both table-copy no-table unmapped foreign fastmap old-fastmap
#     huge-lnum missing-static update between
set -eu
export LC_ALL=C
out=$1
variant=${2:-default}
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir/kernel" <<'PY'
import sys
x, noise = 1, bytearray()
for i in range(20000):
    x = (x * 1103515245 + 12345) & 0x7fffffff
    noise.append(x >> 16 & 255)
open(sys.argv[1], "wb").write(noise)
PY
seq 1 12000 > "$dir/rootfs"
alignment=1
case $variant in
odd) options='-m 512 -p 24KiB' ;;
nor) options='-m 1 -p 64KiB' ;;
aligned) options='-m 512 -p 16KiB'; alignment=4096 ;;
big-pages) options='-m 2048 -s 512 -p 128KiB' ;;
ubifs)
    sh "$here/ubifs.sh" "$dir/rootfs" "${3:-small}" -m 2048 -e 126976
    options='-m 2048 -p 128KiB'
    ;;
*) options='-m 512 -p 16KiB' ;;
esac
cat > "$dir/ini" <<INI
[kernel]
mode=ubi
image=$dir/kernel
vol_id=0
vol_type=static
vol_name=kernel
vol_alignment=$alignment
[rootfs]
mode=ubi
image=$dir/rootfs
vol_id=1
vol_type=dynamic
vol_name=rootfs
vol_flags=autoresize
vol_alignment=$alignment
[empty]
mode=ubi
vol_id=5
vol_size=64KiB
vol_type=dynamic
vol_name=empty
INI
# shellcheck disable=SC2086 # several words on purpose
ubinize -Q 1234 -o "$dir/image" $options "$dir/ini" > /dev/null
case $variant in
default | odd | nor | aligned | big-pages | ubifs) mv "$dir/image" "$out"; exit ;;
esac
python3 - "$dir/image" "$out" "$variant" <<'PY'
import random, struct, sys, zlib

image, out, variant = sys.argv[1:]
PEB, VID, DATA = 16384, 512, 1024
LEB = PEB - DATA
blob = open(image, "rb").read()
pebs = [bytearray(blob[i:i + PEB]) for i in range(0, len(blob), PEB)]
crc = lambda b: zlib.crc32(b) ^ 0xFFFFFFFF

def vid(peb):
    f = struct.unpack(">4sBBBBIIIIIIIIQ12sI", peb[VID:VID + 64])
    return dict(zip("magic version type copy compat volume lnum p1 size used pad crc p2 sqnum p3 hdr".split(), f))
def set_vid(peb, **change):
    f = vid(peb)
    f.update(change)
    head = struct.pack(">4sBBBBIIIIIIIIQ12s", *[f[k] for k in "magic version type copy compat volume lnum p1 size used pad crc p2 sqnum p3".split()])
    peb[VID:VID + 64] = head + struct.pack(">I", crc(head))
def ec(erase_count=0, seq=1234):
    head = struct.pack(">4sB3xQIII32x", b"UBI#", 1, erase_count, VID, DATA, seq)
    return head + struct.pack(">I", crc(head))
def fresh(erase_count=0, seq=1234):
    peb = bytearray(b"\xff" * PEB)
    peb[:64] = ec(erase_count, seq)
    return peb
def find(volume, lnum):
    return next(i for i, p in enumerate(pebs) if vid(p)["volume"] == volume and vid(p)["lnum"] == lnum)
def copy_of(volume, lnum, text, **change):
    peb = bytearray(pebs[find(volume, lnum)])
    peb[DATA:DATA + len(text)] = text
    set_vid(peb, **change)
    return peb

# ubinize numbers nothing: give each block a sequence number, as a flash in use has them.
for n, p in enumerate(pebs):
    set_vid(p, sqnum=n + 1)
LAYOUT, ROOTFS, KERNEL = 0x7FFFEFFF, 1, 0

def fastmap(pebs, stale):
    """The superblock takes the first free block; one pool names the last."""
    own = len(pebs)
    peb = fresh()
    vol = b""
    known = sorted({vid(p)["volume"] for p in pebs})
    for v in known:
        blocks = {vid(p)["lnum"]: i for i, p in enumerate(pebs) if vid(p)["volume"] == v}
        if stale and v == ROOTFS:
            blocks[0], blocks[1] = blocks[1], blocks[0]
        table = [blocks.get(l, 0xFFFFFFFF) for l in range(max(blocks) + 3)]
        vol += struct.pack(">IIB3xIII8x", 0xFA370ED1, v, 1, 0, 0, 0)
        vol += struct.pack(">II%dI" % len(table), 0xF0C040A8, len(table), *table)
    pool = struct.pack(">IHH", 0x67AF4D08, 1, 256) + struct.pack(">I", own - 1) + bytes(1020) + bytes(16)
    nothing = struct.pack(">IHH", 0x67AF4D08, 0, 256) + bytes(1024 + 16)
    body = struct.pack(">IIIIIII4x", 0xD4B82EF7, 0, len(pebs), 0, 0, 0, len(known)) + pool + nothing
    body += b"".join(struct.pack(">II", i, 0) for i in range(len(pebs))) + vol
    head = lambda c: struct.pack(">IB3xII32I32IQ32x", 0x7B11D69F, 1, c, 1, own, *[0] * 31, *[0] * 32, 99)
    data = (head(0) + body).ljust(LEB, b"\0")
    data = (head(crc(data)) + body).ljust(LEB, b"\0")
    peb[VID:VID + 64] = pebs[0][VID:VID + 64]
    set_vid(peb, volume=0x7FFFF000, lnum=0, type=1, compat=1, sqnum=98, size=0, used=0)
    peb[DATA:] = data
    return peb

before = after = b""
if variant == "shuffled":
    random.Random(5).shuffle(pebs)
elif variant == "newer":
    pebs.append(copy_of(ROOTFS, 1, b"NEWER", sqnum=100))
elif variant in ("copied", "interrupted"):
    peb = copy_of(ROOTFS, 1, b"NEWER", sqnum=100)
    data = bytes(peb[DATA:])
    set_vid(peb, copy=1, size=LEB, crc=crc(data))
    if variant == "interrupted":
        peb[DATA + 9000:] = b"\xff" * (LEB - 9000)
    pebs.append(peb)
elif variant == "free":
    # Erased blocks with and without a counter, between those in use and behind them.
    pebs = pebs[:3] + [fresh(7), bytearray(b"\xff" * PEB)] + pebs[3:] + [fresh(9), fresh(3)] + [bytearray(b"\xff" * PEB)] * 3
elif variant == "bad-ec":
    pebs[find(ROOTFS, 2)][20] ^= 1
elif variant == "bad-first-ec":
    pebs[0][20] ^= 1
elif variant == "bad-vid":
    pebs[find(ROOTFS, 2)][VID + 20] ^= 1
elif variant == "bad-both":
    i = find(ROOTFS, 2)
    pebs[i][20] ^= 1
    pebs[i][VID + 20] ^= 1
elif variant == "table-copy":
    pebs[find(LAYOUT, 0)][DATA + 172 + 16] ^= 1
elif variant == "no-table":
    for l in (0, 1):
        pebs[find(LAYOUT, l)][DATA:] = b"\xff" * LEB
elif variant == "unmapped":
    del pebs[find(ROOTFS, 1)]
elif variant == "missing-static":
    del pebs[find(KERNEL, 0)]
elif variant == "foreign":
    old = copy_of(ROOTFS, 1, b"OLDER", sqnum=500)
    old[:64] = ec(3, 77)
    pebs.insert(4, old)
elif variant in ("fastmap", "old-fastmap"):
    pebs.append(fastmap(pebs, variant == "old-fastmap"))
elif variant == "huge-lnum":
    far = copy_of(ROOTFS, 1, b"FAR", sqnum=100)
    set_vid(far, lnum=0x7FFFFFF0)
    pebs.append(far)
elif variant == "update":
    for l in (0, 1):
        p = pebs[find(LAYOUT, l)]
        record = bytearray(p[DATA:DATA + 168])
        record[13] = 1
        p[DATA:DATA + 172] = bytes(record) + struct.pack(">I", crc(bytes(record)))
elif variant == "between":
    before, after = random.Random(1).randbytes(100000), random.Random(2).randbytes(300000)
else:
    sys.exit("ubi.sh: no variant is called " + variant)
open(out, "wb").write(before + b"".join(pebs) + after)
PY
