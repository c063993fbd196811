#!/usr/bin/env python3
"""Changes an F2FS that mkfs.f2fs and sload.f2fs made into what only a running kernel makes of it, from the published layout (Linux,
include/linux/f2fs_fs.h). usage: f2fs-edit.py IMAGE CHANGE…
  inline      small directories stand inside their inodes, as small files do already
  xattrs      extended attributes, inside the inode of etc/passwd, and in a node for bin/tool
  compressed  clusters of lz4, zstd, lzo and lzo-rle in the larger files (needs -O extra_attr,compression)
  recovered   etc/init.d/rcS was written again, and synchronised, after the last checkpoint
  deleted     etc/shadow and lib/a.so are deleted, their inodes and content still there
  devices     etc/nothing is a character device 4:300, etc/init.d/rcS a block device 31:0 in the old encoding, lib/hole a socket
  encrypted   bin/busybox is marked as encrypted"""
import binascii
import ctypes
import struct
import sys

BLOCK = 4096
MAGIC = 0xF2F52010


def crc(seed, data):
    return binascii.crc32(data, seed ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


class Image:
    def __init__(self, path):
        self.path = path
        self.data = bytearray(open(path, "rb").read())
        (self.cp, _, self.nat, _, self.main, self.root) = struct.unpack_from("<6I", self.data, 1024 + 76)
        self.features, = struct.unpack_from("<I", self.data, 1024 + 2180)
        packs = [self.cp, self.cp + 512]
        self.pack = max(packs, key=lambda block: struct.unpack_from("<Q", self.data, block * BLOCK)[0])
        self.free = self.main + struct.unpack_from("<I", self.data, 1024 + 68)[0] * 512

    def u32(self, at):
        return struct.unpack_from("<I", self.data, at)[0]

    def put(self, at, form, *values):
        struct.pack_into("<" + form, self.data, at, *values)

    def nat_entry(self, nid):
        """Where the entry of this node stands: in the journal or in the table."""
        base = self.pack * BLOCK
        flags, total, start = struct.unpack_from("<3I", self.data, base + 132)
        at = (self.pack + start) * BLOCK if flags & 4 else (self.pack + total - 7) * BLOCK + 3584
        for i in range(struct.unpack_from("<H", self.data, at)[0]):
            if self.u32(at + 2 + 13 * i) == nid:
                return at + 2 + 13 * i + 4
        sit_bytes = self.u32(base + 156)
        block = nid // 455
        bit = self.data[base + 192 + sit_bytes + block // 8] >> (7 - block % 8) & 1
        return (self.nat + block + 512 * bit) * BLOCK + nid % 455 * 9

    def node(self, nid):
        return self.u32(self.nat_entry(nid) + 5) * BLOCK

    def new_block(self):
        """A block at the end of the main area that nothing uses."""
        self.free -= 1
        while any(self.data[self.free * BLOCK:(self.free + 1) * BLOCK]):
            self.free -= 1
        return self.free

    def addresses(self, inode):
        return inode + 360 + (struct.unpack_from("<H", self.data, inode + 360)[0] if self.data[inode + 3] & 0x20 else 0)

    def entries(self, nid):
        inode = self.node(nid)
        block = self.u32(self.addresses(inode)) * BLOCK
        found, i = [], 0
        while i < 214:
            if not self.data[block + i // 8] >> i % 8 & 1:
                i += 1
                continue
            code, ino, length, kind = struct.unpack_from("<IIHB", self.data, block + 30 + 11 * i)
            name = bytes(self.data[block + 30 + 214 * 11 + 8 * i:][:length])
            found.append((name, ino, code, kind, block, i))
            i += (length + 7) // 8
        return found

    def find(self, path):
        nid = self.root
        for part in path.split("/"):
            nid = next(entry[1] for entry in self.entries(nid) if entry[0] == part.encode())
        return nid

    def file_blocks(self, inode):
        size, = struct.unpack_from("<Q", self.data, inode + 16)
        at = self.addresses(inode)
        return [self.u32(at + 4 * i) for i in range(-(-size // BLOCK))], size

    def content(self, inode):
        blocks, size = self.file_blocks(inode)
        return b"".join(bytes(self.data[b * BLOCK:(b + 1) * BLOCK]) if b else bytes(BLOCK) for b in blocks)[:size]

    def sum_inode(self, inode):
        if not self.features & 0x20:
            return
        self.put(inode + 368, "I", 0)
        value = crc(0xFFFFFFFF, bytes(self.data[1024 + 108:1024 + 124]))
        value = crc(value, bytes(self.data[inode + 4076:inode + 4080]))
        value = crc(value, bytes(self.data[inode + 68:inode + 72]))
        self.put(inode + 368, "I", crc(value, bytes(self.data[inode:inode + BLOCK])))

    def save(self):
        open(self.path, "wb").write(self.data)


def inline(image):
    for path in "etc/init.d", "lib/empty":
        nid = image.find(path)
        inode, found = image.node(nid), image.entries(nid)
        at = image.addresses(inode)
        begin, end = at + 4, inode + 4052 - 200
        size = end - begin
        places = size * 8 // (19 * 8 + 1)
        area, at = bytearray(size), 0
        first = size - 19 * places
        for name, ino, code, kind, _, _ in found:
            struct.pack_into("<IIHB", area, first + 11 * at, code, ino, len(name), kind)
            area[first + 11 * places + 8 * at:first + 11 * places + 8 * at + len(name)] = name
            for _ in range(-(-len(name) // 8)):
                area[at // 8] |= 1 << at % 8
                at += 1
        image.data[inode + 3] |= 0x04 | 0x01
        image.put(begin - 4, "I", 0)
        image.data[begin:end] = area
        image.put(inode + 16, "Q", size)
        image.sum_inode(inode)


def xattr_list(items):
    out = struct.pack("<II16x", 0xF2F52011, 1)
    for index, name, value in items:
        entry = struct.pack("<BBH", index, len(name), len(value)) + name + value
        out += entry + bytes(-len(entry) % 4)
    return out + bytes(4)


def xattrs(image):
    inode = image.node(image.find("etc/passwd"))
    image.data[inode + 3] |= 0x01
    data = xattr_list([(1, b"short", b"value"), (6, b"selinux", b"u:object_r:system_file:s0\0")])
    image.data[inode + 4052 - 200:inode + 4052 - 200 + len(data)] = data
    image.sum_inode(inode)
    nid = image.find("bin/tool")
    inode, block = image.node(nid), image.new_block()
    node = next(n for n in range(400, 440) if image.u32(image.nat_entry(n) + 5) == 0)
    image.put(image.nat_entry(node) + 1, "II", nid, block)
    # One list, which begins inside the inode and goes on in the node.
    data = xattr_list([(1, b"long", b"value " * 400), (4, b"t", b"")])
    image.data[inode + 3] |= 0x01
    image.data[inode + 4052 - 200:inode + 4052] = data[:200]
    data = data[200:]
    image.data[block * BLOCK:block * BLOCK + len(data)] = data
    image.put(block * BLOCK + 4072, "IIIQI", node, nid, 0, struct.unpack_from("<Q", image.data, image.pack * BLOCK)[0], 0)
    image.put(inode + 76, "I", node)
    image.sum_inode(inode)


def lz4(data):
    library = ctypes.CDLL("liblz4.so.1")
    out = ctypes.create_string_buffer(2 * len(data) + 64)
    size = library.LZ4_compress_default(data, out, len(data), len(out))
    return out.raw[:size]


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(2 * len(data) + 64)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def lzo(data):
    library = ctypes.CDLL("liblzo2.so.2")
    out, size, work = ctypes.create_string_buffer(2 * len(data) + 64), ctypes.c_size_t(0), ctypes.create_string_buffer(1 << 20)
    library.lzo1x_1_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size), work)
    return out.raw[:size.value]


def lzo_rle(data):
    """LZO with runs of zeros, the rest as it stands; or, without a run, what the library makes, behind a version."""
    if bytes(64) not in data:
        return b"\x11\x01" + lzo(data)
    at = 4 if data.startswith(bytes(64)) else 0
    out = b"\x11\x01" + (b"\x15" + data[:4] if at else b"")
    while at < len(data):
        run = len(data) - at - len(data[at:].lstrip(b"\0"))
        run = min(run, (255 << 3 | 7) + 4)
        at += run
        literals = data[at:at + max(0, data[at:].find(bytes(64)) if bytes(64) in data[at:] else len(data))]
        few = len(literals) if len(literals) < 4 else 0
        if run >= 4:
            out += bytes([0x18 | (run - 4) & 7, 0xFC | few, 0xFF, (run - 4) >> 3])
        if few:
            out += literals
        elif literals:
            n = len(literals)
            out += bytes([n - 3]) if n <= 18 else bytes(1 + (n - 19) // 255) + bytes([(n - 19) % 255 + 1])
            out += literals
        at += len(literals)
    return out + b"\x11\0\0"


def compressed(image):
    """A cluster keeps its blocks: the first as many as it needs, behind the mark."""
    for path, algorithm, encode in (("bin/busybox", 3, lzo_rle), ("lib/hole-then-text", 3, lzo_rle), ("lib/a.so", 2, zstd),
                                    ("lib/same-as-a.so", 0, lzo), ("bin/tool", 1, lz4), ("bin/small-tool", 1, lz4)):
        inode = image.node(image.find(path))
        content, (blocks, size) = image.content(inode), image.file_blocks(inode)
        at = image.addresses(inode)
        for cluster in range(0, len(blocks), 4):
            own = [b for b in blocks[cluster:cluster + 4] if b]
            if not own:
                continue
            plain = content[cluster * BLOCK:(cluster + 4) * BLOCK]
            data = encode(plain + bytes(4 * BLOCK - len(plain)))
            data = struct.pack("<II16x", len(data), crc(MAGIC, data)) + data
            used = -(-len(data) // BLOCK)
            if used > len(own) or used > 3:
                continue
            image.put(at + 4 * cluster, "4I", 0xFFFFFFFE, *(own[:used] + [0] * (3 - used)))
            for i, block in enumerate(own):
                part = data[i * BLOCK:(i + 1) * BLOCK]
                image.data[block * BLOCK:(block + 1) * BLOCK] = part + bytes(BLOCK - len(part))
        image.put(inode + 80, "I", image.u32(inode + 80) | 4)
        image.put(inode + 392, "BBH", algorithm, 2, 1)
        image.sum_inode(inode)


def recovered(image):
    nid = image.find("etc/init.d/rcS")
    old = image.node(nid)
    base = image.pack * BLOCK
    flags = image.u32(base + 132)
    version = struct.unpack_from("<Q", image.data, base)[0] | (image.u32(base + image.u32(base + 164)) << 32 if flags & 0x40 else 0)
    block = image.main + image.u32(base + 40) * 512 + struct.unpack_from("<H", image.data, base + 70)[0]
    at = block * BLOCK
    image.data[at:at + BLOCK] = image.data[old:old + BLOCK]
    content = b"written after the checkpoint\n"
    begin = image.addresses(at)
    image.data[at + 3] |= 0x02 | 0x08
    image.put(begin, "I", 0)
    image.data[begin + 4:begin + 4 + len(content)] = content
    image.put(at + 16, "Q", len(content))
    image.put(at + 4072, "IIIQI", nid, nid, 2, version, block + 1)
    image.sum_inode(at)


def deleted(image):
    for directory, name in ("etc", b"shadow"), ("lib", b"a.so"):
        _, ino, _, _, block, i = next(entry for entry in image.entries(image.find(directory)) if entry[0] == name)
        for n in range(i, i + -(-len(name) // 8)):
            image.data[block + n // 8] &= ~(1 << n % 8) & 0xFF
        image.put(image.nat_entry(ino) + 1, "II", 0, 0)


def encrypted(image):
    inode = image.node(image.find("bin/busybox"))
    image.data[inode + 2] |= 0x04
    image.sum_inode(inode)


def devices(image):
    for path, mode, old, new in (("etc/nothing", 0o20620, 0, 4 << 8 | 300 & 0xFF | (300 & ~0xFF) << 12),
                                 ("etc/init.d/rcS", 0o60640, 31 << 8, 0), ("lib/hole", 0o140666, 0, 0)):
        inode = image.node(image.find(path))
        image.put(inode, "H", mode)
        image.data[inode + 3] &= ~0x0A & 0xFF
        image.put(image.addresses(inode), "II", old, new)
        image.put(inode + 16, "Q", 0)
        image.sum_inode(inode)


image = Image(sys.argv[1])
for change in sys.argv[2:]:
    {"inline": inline, "xattrs": xattrs, "compressed": compressed, "recovered": recovered, "deleted": deleted, "encrypted": encrypted,
     "devices": devices}[change](image)
image.save()
