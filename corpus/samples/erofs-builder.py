#!/usr/bin/env python3
"""Builds an EROFS from the published layout (Linux, fs/erofs/erofs_fs.h) with what mkfs.erofs 1.5 of Debian cannot make: clusters of
MicroLZMA, deflate and zstd, two algorithms in one file, records of extents of all sizes, long prefixes of extended attributes. usage: erofs-builder.py OUT"""
import ctypes
import random
import struct
import sys
import zlib

BLOCK = 4096
LZMA, DEFLATE, ZSTD = 1, 2, 3
PLAIN, HEAD_1, NONHEAD, HEAD_2 = range(4)
BIG_1, BIG_2 = 2, 4


class LzmaStream(ctypes.Structure):
    _fields_ = [("next_in", ctypes.c_char_p), ("avail_in", ctypes.c_size_t), ("total_in", ctypes.c_uint64), ("next_out", ctypes.c_void_p),
                ("avail_out", ctypes.c_size_t), ("total_out", ctypes.c_uint64), ("rest", ctypes.c_uint64 * 16)]


def microlzma(data, room):
    """As much of `data` as fits into `room` bytes: (encoded, bytes of data)."""
    library = ctypes.CDLL("liblzma.so.5")
    options = (ctypes.c_uint32 * 64)()
    library.lzma_lzma_preset(options, 6)
    options[0] = 65536
    stream = LzmaStream()
    out = ctypes.create_string_buffer(room)
    assert library.lzma_microlzma_encoder(ctypes.byref(stream), options) == 0
    stream.next_in, stream.avail_in = data, len(data)
    stream.next_out, stream.avail_out = ctypes.addressof(out), room
    assert library.lzma_code(ctypes.byref(stream), 3) == 1
    encoded, used = out.raw[:stream.total_out], stream.total_in
    library.lzma_end(ctypes.byref(stream))
    return encoded, used


def deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) + 1024)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def fit(encode, data, room):
    """The longest beginning of `data`, up to 64 KiB, that encodes into `room` bytes."""
    low, high, best = 1, min(len(data), 65536), None
    while low <= high:
        middle = (low + high) // 2
        encoded = encode(data[:middle])
        if len(encoded) <= room:
            best, low = (encoded, middle), middle + 1
        else:
            high = middle - 1
    return best


def encode(algorithm, data, room):
    if algorithm == LZMA:
        return microlzma(data, room)
    return fit(deflate if algorithm == DEFLATE else zstd, data, room)


def text(lines, word):
    r = random.Random(word)
    return b"".join(b"%d %s: %s\n" % (i, word.encode(), r.randbytes(6).hex().encode()) for i in range(lines))


class Image:
    def __init__(self):
        self.blocks = bytearray()          # data, from block `first` on
        self.meta = bytearray(32)          # no file has the number 0
        self.first = 4                     # blocks 1 to 3 are metadata

    def add_blocks(self, data):
        at = self.first + len(self.blocks) // BLOCK
        self.blocks += data + bytes(-len(data) % BLOCK)
        return at

    def add_inode(self, mode, size, layout, raw, xattrs=b"", behind=b"", align=32):
        self.meta += bytes(-len(self.meta) % align)
        nid = len(self.meta) // 32
        count = (len(xattrs) - 12) // 4 + 1 if xattrs else 0
        self.meta += struct.pack("<HHHHQIIIIQII16x", layout << 1 | 1, count, mode, 0, size, raw, nid, 1000, 100, 1600000000, 0, 1) + xattrs + behind
        return nid

    def cluster(self, encoded, blocks):
        room = blocks * BLOCK
        return self.add_blocks(bytes(room - len(encoded)) + encoded)

    def compressed(self, data, algorithms, blocks=1, advise=0, plain=False):
        """A file with a full index; extents take the algorithms in turn."""
        lclusters = -(-len(data) // BLOCK)
        index = [None] * lclusters
        at, n, heads, total = 0, 0, [], 0
        while at < len(data):
            algorithm = algorithms[n % len(algorithms)]
            if plain:
                part = data[at:at + BLOCK]
                block, used, kind = self.add_blocks(part), len(part), PLAIN
            else:
                encoded, used = encode(algorithm, data[at:], blocks * BLOCK)
                block, kind = self.cluster(encoded, blocks), HEAD_2 if n % len(algorithms) else HEAD_1
                assert used >= BLOCK or at + used == len(data)
            heads.append((at, kind, block))
            total += blocks
            at += used
            n += 1
        for at, kind, block in heads:
            assert index[at // BLOCK] is None
            index[at // BLOCK] = struct.pack("<HHI", kind, at % BLOCK, block)
        places = [i for i, entry in enumerate(index) if entry is not None]
        for i in range(lclusters):
            if index[i] is None:
                back = i - max(p for p in places if p < i)
                forward = min([p for p in places if p > i] or [lclusters]) - i
                index[i] = struct.pack("<HHHH", NONHEAD, 0, 1 << 11 | blocks if back == 1 and blocks > 1 else back, forward)
        header = struct.pack("<IHBB", 0, advise, algorithms[0] | algorithms[-1] << 4, 0)
        return self.add_inode(0o100644, len(data), 1, total, behind=header + bytes(8) + b"".join(index))

    def records(self, data, size, hole=False):
        """A file of records of extents, `size` bytes each. Small records stand for lclusters of 16 KiB."""
        bits = 2 if size < 16 else 0
        parts, at, place = [], 0, None
        while at < len(data):
            if size < 16:
                used = min(BLOCK << bits, len(data) - at)
                encoded = zstd(data[at:at + used])
            else:
                encoded, used = fit(zstd, data[at:], BLOCK)
            blocks = -(-len(encoded) // BLOCK)
            start = self.cluster(encoded, blocks) * BLOCK
            place = start if place is None else place
            parts.append((blocks * BLOCK | (ZSTD + 1) << 28, start, at))
            at += used
        body = struct.pack("<Q", place) if size == 4 else b""
        for length, start, logical in parts:
            body += struct.pack("<IIIIIIII", length, start, logical if size == 99 else 0, logical, 0, 0, 0, 0)[:size]
        header = struct.pack("<IHBB", len(parts) if size >= 16 else 0, 1 | {4: 0, 8: 1, 16: 2, 32: 3}[size] << 1, 0, bits)
        end = len(self.meta) + -len(self.meta) % 32 + 64 + 8
        return self.add_inode(0o100644, len(data), 1, len(parts), behind=header + bytes(-end % size) + body)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


def build():
    image = Image()
    settings = struct.pack("<HIH8x", 14, 65536, 0) + struct.pack("<HB5x", 6, 15) + struct.pack("<HBB4x", 6, 0, 16 - 10)
    prefix = struct.pack("<HB", 1 + len("long.prefix."), 1) + b"long.prefix."
    start = 1024 + 128 + len(settings)
    source = text(9000, "erofs")
    noise = random.Random("noise").randbytes(9000)
    xattr = struct.pack("<IB7x", 0xFFFFFFFF, 0) + struct.pack("<BBH", 4, 0x80, 5) + b"namevalue" + bytes(3)
    files = {
        "big": image.compressed(source[:150000], [DEFLATE], blocks=2, advise=BIG_1),
        "deflate": image.compressed(source[:100000], [DEFLATE]),
        "lzma": image.compressed(source[:120000], [LZMA]),
        "mixed": image.compressed(source, [LZMA, ZSTD]),
        "plain": image.compressed(noise, [LZMA], plain=True),
        "prefixed": image.add_inode(0o100600, 5, 2, 0, xattrs=xattr, behind=b"text\n"),
        "records16": image.records(source[:80000], 16),
        "records32": image.records(source[:81234], 32),
        "records4": image.records(source[:82345], 4),
        "records8": image.records(source[:83456], 8),
        "zstd": image.compressed(source[:90000], [ZSTD]),
    }
    root = (len(image.meta) + 31) // 32
    entries = sorted([(b".", root, 2), (b"..", root, 2)] + [(name.encode(), nid, 1) for name, nid in files.items()])
    offset, head, names = 12 * len(entries), b"", b""
    for name, nid, kind in entries:
        head += struct.pack("<QHBB", nid, offset + len(names), kind, 0)
        names += name
    assert image.add_inode(0o40755, len(head + names), 2, 0, behind=head + names) == root
    assert len(image.meta) <= (image.first - 1) * BLOCK, len(image.meta)
    total = image.first + len(image.blocks) // BLOCK
    superblock = struct.pack("<IIIBBHQQIIII16s16sIHHHBBIQ24x", 0xE0F5E1E2, 0, 3, 12, 0, root, len(files) + 1, 1500000000, 0, total, 1, 0,
                             bytes(range(16)), b"built", 0x01 | 0x02 | 0x08 | 0x40, 1 << LZMA | 1 << DEFLATE | 1 << ZSTD, 0, 0, 0, 1, start // 4, 0)
    block = superblock + settings + prefix
    block += bytes(BLOCK - 1024 - len(block))
    block = block[:4] + struct.pack("<I", crc32c(block)) + block[8:]
    return bytes(1024) + block + image.meta + bytes((image.first - 1) * BLOCK - len(image.meta)) + image.blocks


with open(sys.argv[1], "wb") as out:
    out.write(build())
