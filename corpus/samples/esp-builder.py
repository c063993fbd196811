# Images, tables, stores and whole flashes of Espressif's chips by the published layouts. usage: esp-builder.py OUT KIND [VARIANT]
import hashlib, random, struct, sys, zlib

def image(chip, entry, segments, described):
    head = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x20, entry)
    if chip is not None:
        head += struct.pack("<B3sHBHH4sB", 0xEE, bytes(3), chip, 0, 0, 99, bytes(4), 1)
    if described:
        description = struct.pack("<II8s32s32s16s16s32s32s80s", 0xABCD5432, 3, bytes(8), b"v2.1-beta", b"lamp-controller", b"12:00:00", b"Jan  1 2024",
                                  b"v5.1.2", bytes(range(32)), bytes(80))
        address, data = segments[0]
        segments = [(address, description + data)] + segments[1:]
    body, total = head, 0xEF
    for address, data in segments:
        body += struct.pack("<II", address, len(data)) + data
        for byte in data:
            total ^= byte
    body += bytes(15 - len(body) % 16) + bytes([total])
    return body + (hashlib.sha256(body).digest() if chip is not None else b"")

def noise(size, seed):
    return random.Random(seed).randbytes(size)

def application(chip=0):
    return image(chip, 0x40081234, [(0x3F400020, b"strings of the application\0" * 40 + bytes(8)), (0x40080000, noise(4000, 1)), (0x400D0020, noise(6000, 2))], True)

def bootloader():
    return image(0, 0x40080400, [(0x3FFF0018, noise(64, 3)), (0x40080400, noise(2000, 4))], False)

def table(entries, md5=True):
    rows = b"".join(struct.pack("<HBBII16sI", 0x50AA, kind, subtype, offset, size, label, flags) for label, kind, subtype, offset, size, flags in entries)
    if md5:
        rows += b"\xEB\xEB" + b"\xFF" * 14 + hashlib.md5(rows).digest()
    return rows.ljust(0xC00, b"\xFF")

ENTRIES = [(b"nvs", 1, 2, 0x11000, 0x3000, 0), (b"phy_init", 1, 1, 0x14000, 0x1000, 0), (b"factory", 0, 0, 0x20000, 0x4000, 0), (b"storage", 1, 0x82, 0x24000, 0x2000, 1)]

def crc(data):
    return zlib.crc32(data, 0xFFFFFFFF)

class Store:
    def __init__(self):
        self.pages = []
        self.new_page()
    def new_page(self):
        self.pages.append({"entries": b"", "bits": []})
    def add(self, space, kind, key, value, data=b"", piece=0xFF, erased=False):
        slots = 1 + (len(data) + 31) // 32
        if len(self.pages[-1]["bits"]) + slots > 126:
            self.new_page()
        first = struct.pack("<BBBB", space, kind, slots, piece)
        rest = key.ljust(16, b"\0") + value.ljust(8, b"\xFF")
        page = self.pages[-1]
        page["entries"] += first + struct.pack("<I", crc(first + rest)) + rest + data.ljust((slots - 1) * 32, b"\xFF")
        page["bits"] += [0 if erased else 2] * slots
    def bytes_value(self, data):
        return struct.pack("<HHI", len(data), 0xFFFF, crc(data))
    def text(self, space, key, text, erased=False):
        data = text + b"\0"
        self.add(space, 0x21, key, self.bytes_value(data), data, erased=erased)
    def blob(self, space, key, data, first=0, step=2000):
        pieces = [data[n:n + step] for n in range(0, len(data), step)]
        for number, piece in enumerate(pieces):
            self.add(space, 0x42, key, self.bytes_value(piece), piece, piece=first + number)
        self.add(space, 0x48, key, struct.pack("<IBBH", len(data), len(pieces), first, 0xFFFF))
    def image(self, encrypt=False):
        out = b""
        for number, page in enumerate(self.pages):
            head = struct.pack("<IB19s", number, 0xFE, b"\xFF" * 19)
            state = 0xFFFFFFFE if number == len(self.pages) - 1 else 0xFFFFFFFC
            bits = 0
            for slot in range(128):
                bits |= (page["bits"][slot] if slot < len(page["bits"]) else 3) << 2 * slot
            entries = noise(len(page["entries"]), number) if encrypt else page["entries"]
            out += (struct.pack("<I", state) + head + struct.pack("<I", crc(head)) + bits.to_bytes(32, "little") + entries).ljust(4096, b"\xFF")
        return out + b"\xFF" * 4096

def store(encrypt=False):
    s = Store()
    s.add(0, 1, b"wifi", b"\1")
    s.add(0, 1, b"app", b"\2")
    s.text(1, b"ssid", b"workshop")
    s.text(1, b"password", b"correct horse", erased=True)
    s.text(1, b"password", b"battery staple")
    s.add(2, 0x01, b"boots", b"\x2A")
    s.add(2, 0x14, b"offset", struct.pack("<i", -7))
    s.blob(2, b"certificate", b"a long certificate " * 200)
    s.add(2, 0x08, b"serial", struct.pack("<Q", 1 << 40))
    return s.image(encrypt)

def flash():
    out = bytearray(b"\xFF" * 0x26000)
    def put(at, data):
        out[at:at + len(data)] = data
    put(0x1000, bootloader())
    put(0x8000, table(ENTRIES))
    put(0x11000, store())
    put(0x14000, noise(200, 9))
    put(0x20000, application())
    put(0x24000, b"files of the user" * 100)
    return bytes(out)

out, kind = sys.argv[1:3]
variant = sys.argv[3] if len(sys.argv) > 3 else ""
made = {
    ("image", ""): application, ("image", "c3"): lambda: application(5), ("image", "bootloader"): bootloader,
    ("image", "esp8266"): lambda: image(None, 0x40100004, [(0x40100000, noise(3000, 5)), (0x3FFE8000, b"data of an older chip, " * 20)], False),
    ("table", ""): lambda: table(ENTRIES), ("table", "old"): lambda: table(ENTRIES, False), ("flash", ""): flash,
    ("store", ""): store, ("store", "encrypted"): lambda: store(True),
}[kind, variant]()
open(out, "wb").write(made)
