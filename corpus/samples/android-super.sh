#!/bin/sh
# A super partition with two slots of metadata and logical partitions in one and in several extents, one with a hole. usage: android-super.sh OUT
set -eu
python3 - "$1" <<'PY'
import hashlib, struct, sys
METADATA, SLOTS, FIRST = 4096, 2, 64 << 10
def geometry():
    body = struct.pack("<II32sIII", 0x616C4467, 52, b"", METADATA, SLOTS, 4096)
    return (body[:8] + hashlib.sha256(body).digest() + body[40:]).ljust(4096, b"\0")
parts = [(b"system_a", 0, 1), (b"vendor_a", 1, 2), (b"product_a", 3, 2), (b"system_b", 5, 0)]
extents = [(64, 0, FIRST // 512, 0), (16, 0, FIRST // 512 + 160, 0), (24, 0, FIRST // 512 + 80, 0), (8, 0, FIRST // 512 + 240, 0), (8, 1, 0, 0)]
tables = b"".join(struct.pack("<36sIIII", name, 1, first, count, 0) for name, first, count in parts)
sizes = [len(tables)]
tables += b"".join(struct.pack("<QIQI", *e) for e in extents)
sizes.append(len(tables))
tables += struct.pack("<36sIQ", b"default", 0, 0)
sizes.append(len(tables))
tables += struct.pack("<QIIQ36sI", FIRST // 512, 1 << 20, 0, 256 << 10, b"super", 0)
def metadata():
    head = struct.pack("<IHHI32sI32s", 0x414C5030, 10, 2, 256, b"", len(tables), hashlib.sha256(tables).digest())
    head += struct.pack("<12I", 0, len(parts), 52, sizes[0], len(extents), 24, sizes[1], 1, 48, sizes[2], 1, 64)
    head = head.ljust(256, b"\0")
    return (head[:12] + hashlib.sha256(head).digest() + head[44:] + tables).ljust(METADATA, b"\0")
image = bytearray(b"\0" * 4096 + geometry() * 2 + metadata() * (2 * SLOTS)).ljust(FIRST, b"\0") + bytearray(192 << 10)
for n, (sectors, kind, at, device) in enumerate(extents):
    if kind == 0:
        image[at * 512:(at + sectors) * 512] = (b"extent %d of the super partition\n" % n * 2000)[:sectors * 512]
open(sys.argv[1], "wb").write(image)
PY
