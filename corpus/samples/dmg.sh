#!/bin/sh
# A disk image of macOS by its layout. usage: dmg.sh OUT [zlib|bzip2|adc|xz|raw|lzfse|encrypted|disk]; disk: what all of them hold.
set -eu
python3 - "$1" "${2:-zlib}" <<'PY'
import base64, bz2, lzma, random, struct, sys, zlib
out, variant = sys.argv[1:3]
r = random.Random(5)
text = b"".join(b"line %d of a partition\n" % i for i in range(3000))
disk = bytearray(bytes(r.randbytes(2048)) + text)
disk += bytes(-len(disk) % 512) + bytes(64 * 512) + r.randbytes(8 * 512)
disk = bytes(disk)
if variant == "disk":
    open(out, "wb").write(disk); sys.exit()
if variant == "encrypted":
    head = b"encrcdsa" + struct.pack(">7I16sIQQ", 2, 16, 5, 0x80000001, 128, 91, 160, bytes(16), 4096, 40000, 4096)
    open(out, "wb").write(head.ljust(4096, b"\0") + r.randbytes(12288)); sys.exit()
def adc(data):  # runs as copies of the byte before, the rest as it is
    made, i = bytearray(), 0
    while i < len(data):
        run = 1
        while i + run < len(data) and run < 60 and data[i + run] == data[i]: run += 1
        if run >= 20:
            made += bytes([0x80, data[i]]) + (bytes([0x40 | (run - 1 - 4), 0, 0]) if run & 1 else bytes([(15 << 2), 0]))
            i += run if run & 1 else 19
        else:
            n = min(100, len(data) - i)
            made += bytes([0x80 | (n - 1)]) + data[i:i + n]; i += n
    return bytes(made)
pack = {"zlib": (0x80000005, lambda d: zlib.compress(d, 9)), "bzip2": (0x80000006, bz2.compress), "adc": (0x80000004, adc),
        "xz": (0x80000008, lzma.compress), "raw": (1, bytes), "lzfse": (0x80000007, lambda d: b"bvx2" + d[:40])}[variant]
data, tables, sectors = bytearray(), [], len(disk) // 512
for first, count in ((0, 4), (4, sectors - 4)):
    part, chunks, at = disk[first * 512:(first + count) * 512], b"", 0
    while at < count:
        n = min(32, count - at)
        piece = part[at * 512:(at + n) * 512]
        if not any(piece):
            kind, stored = 0, b""
        else:
            kind, stored = pack[0], pack[1](piece)
            if variant not in ("raw", "adc") and len(stored) >= len(piece): kind, stored = 1, piece
        chunks += struct.pack(">IIQQQQ", kind, 0, at, n, len(data), len(stored))
        data += stored; at += n
    chunks += struct.pack(">IIQQQQ", 0xFFFFFFFF, 0, count, 0, len(data), 0)
    tables.append(b"mish" + struct.pack(">IQQQII24xII", 1, first, count, 0, 40, len(tables), 2, 32) + struct.pack(">I124xI", zlib.crc32(part), len(chunks) // 40) + chunks)
blkx = "".join("<dict><key>Attributes</key><string>0x0050</string><key>Data</key><data>\n%s</data><key>ID</key><string>%d</string><key>Name</key><string>%s</string></dict>\n"
               % (base64.encodebytes(t).decode(), i, ("Driver Descriptor Map (DDM : 0)", "disk image (Apple_HFS : 1)")[i]) for i, t in enumerate(tables))
xml = ('<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict><key>resource-fork</key><dict><key>blkx</key>\n<array>\n%s</array>\n'
       '<key>plst</key><array/></dict></dict></plist>\n' % blkx).encode()
master = zlib.crc32(b"".join(t[72:76] for t in tables))
koly = b"koly" + struct.pack(">III", 4, 512, 1) + struct.pack(">QQQQQ", 0, 0, len(data), 0, 0) + struct.pack(">II16s", 1, 1, b"sample-segment-1")
koly += struct.pack(">III124x", 2, 32, zlib.crc32(data)) + struct.pack(">QQ120x", len(data), len(xml)) + struct.pack(">III124x", 2, 32, master) + struct.pack(">IQ12x", 1, sectors)
assert len(koly) == 512
open(out, "wb").write(bytes(data) + xml + koly)
PY
