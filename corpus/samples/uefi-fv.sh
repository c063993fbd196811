#!/bin/sh
# UEFI firmware volumes, built from the layouts of the PI specification. usage: uefi-fv.sh OUT [VARIANT [content]]
#   default: FFS2 with every kind of section    ffs3: a large file    ffs1: revision 1, a file with a tail    nested: sections nested too deeply
#   deleted: a deleted file and one behind free space    padding: data in a padding file    twice: files of the same name    bomb: a large claim
# With "content", OUT is a tar archive of what was put into the sections instead.
set -eu
out=$1 variant=${2-default}
content=$(mktemp -d)
trap 'rm -rf "$content"' EXIT
python3 - "$out" "$variant" "$content" <<'PY'
import lzma, random, struct, subprocess, sys, uuid, zlib
out, variant, contents = sys.argv[1:4]
FFS1, FFS2, FFS3 = "7A9354D9-0468-444A-81CE-0BF617D890DF", "8C8CE578-8A3D-4F1C-9935-896185C32DD3", "5473C07A-3DCB-4DCA-BD6F-1E9689E7349A"
LZMA, LZMA86, TIANO = "EE4E5898-3914-4259-9D6E-DC7BD79403CF", "D42AE6BD-1352-4BFB-909A-CA72A6EAE889", "A31280AD-481E-41B6-95E8-127F4C984779"
BROTLI, CRC32 = "3D532050-5CDA-4FD0-879E-0F7F630D5AFB", "FC1BCDB0-7D31-49AA-936A-A4600D9DD083"
guid = lambda text: uuid.UUID(text).bytes_le
numbered = lambda n: "00000000-1111-2222-3333-%012X" % n
rnd = random.Random("uefi")

def content(name, size):
    data = (b"%s: the quick brown fox jumps over the lazy dog. " % name.encode()) * (size // 40 + 1)
    if size > 200: # something that does not compress, and calls for the x86 filter
        data = data[:size // 2] + rnd.randbytes(size - size // 2 - 40) + b"\x90\xe8\0\x10\0\0" * 6 + b"tail"
    data = data[:size]
    open(f"{contents}/{name}", "wb").write(data)
    return data

def section(kind, body, long=False):
    size = len(body) + (8 if long else 4)
    return (b"\xff\xff\xff" + bytes([kind]) + struct.pack("<I", size) if long else struct.pack("<I", size | kind << 24)) + body

def join(*sections):
    data = b""
    for s in sections:
        data += b"\0" * (-len(data) % 4) + s
    return data

def ui(name): return section(0x15, name.encode("utf-16-le") + b"\0\0")
def version(name): return section(0x14, struct.pack("<H", 7) + name.encode("utf-16-le") + b"\0\0")
def defined(text, body, extra=b"", flags=1): return section(2, guid(text) + struct.pack("<HH", 24 + len(extra), flags) + extra + body)

def lzma_alone(data):
    packed = lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}])
    return packed[:5] + struct.pack("<Q", len(data)) + packed[13:]

def lzma_x86(data):
    chain = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    return b"\x5d" + struct.pack("<IQ", 1 << 16, len(data)) + lzma.compress(data, format=lzma.FORMAT_RAW, filters=chain)

def brotli(data):
    packed = subprocess.run(["brotli", "-c", "-q", "9"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return struct.pack("<QQ", len(data), 1 << 20) + packed

# EFI's compression with complete codes of two neighbouring lengths, which need no statistics.
class Bits:
    def __init__(self): self.value, self.count = [], 0
    def put(self, value, count): self.value += [value >> i & 1 for i in range(count - 1, -1, -1)]
    def bytes(self):
        bits = self.value + [0] * (-len(self.value) % 8)
        return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))

def code_of(symbols):
    symbols = sorted(symbols)
    if len(symbols) < 2:
        symbols = sorted(set(symbols) | {0, 1})
    longest = (len(symbols) - 1).bit_length()
    short = (1 << longest) - len(symbols)
    lengths = {s: longest - 1 if i < short and longest > 1 else longest for i, s in enumerate(symbols)}
    code, last, codes = 0, 0, {}
    for length, s in sorted((l, s) for s, l in lengths.items()):
        code <<= length - last
        last = length
        codes[s] = (code, length)
        code += 1
    return codes

def put_lengths(bits, codes, width, gap):
    told = max(codes) + 1
    bits.put(told, width)
    i = 0
    while i < told:
        length = codes[i][1] if i in codes else 0
        bits.put(length, 3) if length < 7 else bits.put((1 << length - 3) - 2, length - 3)
        i += 1
        if gap and i == 3:
            bits.put(0, 2)

def efi(data, width):
    tokens, at, seen = [], 0, {}
    while at < len(data):
        key, length = data[at:at + 3], 0
        if key in seen and len(key) == 3 and at - seen[key] < 8192:
            back = seen[key]
            while length < 256 and at + length < len(data) and data[back + length] == data[at + length]:
                length += 1
            tokens.append((256 + length - 3, at - back - 1))
        else:
            tokens.append((data[at], None))
            length = 1
        for i in range(at, at + length):
            seen[data[i:i + 3]] = i
        at += length
    bits = Bits()
    for start in range(0, len(tokens), 3000):
        block = tokens[start:start + 3000]
        symbols = code_of({t[0] for t in block})
        positions = code_of({t[1].bit_length() for t in block if t[1] is not None})
        kinds, runs, i = [], [], 0
        told = max(symbols) + 1
        while i < told:
            if i in symbols:
                kinds.append((symbols[i][1] + 2, 0, 0)); i += 1
                continue
            run = 1
            while i + run < told and i + run not in symbols:
                run += 1
            i += run
            while run > 0:
                if run >= 20: n = min(run, 531); kinds.append((2, n - 20, 9))
                elif run >= 3: n = min(run, 18); kinds.append((1, n - 3, 4))
                else: n = 1; kinds.append((0, 0, 0))
                run -= n
        extra = code_of({k[0] for k in kinds})
        bits.put(len(block), 16)
        put_lengths(bits, extra, 5, True)
        bits.put(told, 9)
        for kind, value, count in kinds:
            bits.put(*extra[kind]); bits.put(value, count)
        put_lengths(bits, positions, width, False)
        for symbol, distance in block:
            bits.put(*symbols[symbol])
            if distance is not None:
                kind = distance.bit_length()
                bits.put(*positions[kind])
                if kind > 1:
                    bits.put(distance - (1 << kind - 1), kind - 1)
    packed = bits.bytes()
    return struct.pack("<II", len(packed), len(data)) + packed

sum8 = lambda data: -sum(data) & 0xFF

def file(text, kind, body, checked=False, large=False, state=0xF8, tail=False):
    header = 32 if large else 24
    attributes = (0x40 if checked else 0) | (0x01 if large or tail else 0)
    size = header + len(body) + (2 if tail else 0)
    fixed = guid(text) + b"\0\0" + bytes([kind, attributes]) + (b"\0\0\0" if large else struct.pack("<I", size)[:3]) + b"\0"
    fixed += struct.pack("<Q", size) if large else b""
    head = sum8(fixed)
    data = sum8(body) if checked else fill_sum
    fixed = fixed[:16] + bytes([head, data]) + fixed[18:23] + bytes([state]) + fixed[24:]
    return fixed + body + (struct.pack("<H", ~(head | data << 8) & 0xFFFF) if tail else b"")

def volume(fs, files, name=None, free=512, revision=2):
    blocks_of = 512
    body = b""
    map_size = 72
    ext = b""
    if name:
        ext = guid(name) + struct.pack("<I", 20)
        # as EDK2 does: the extended header is the content of a padding file
        body += file("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", 0xF0, ext)
    for f in files:
        body += b"\xff" * (-(map_size + len(body)) % 8) + f
    size = (map_size + len(body) + free + blocks_of - 1) // blocks_of * blocks_of
    def header(total):
        return (bytes(16) + guid(fs) + struct.pack("<Q4sIHHHBB", size, b"_FVH", 0x0004FEFF, map_size, total, 72 + 24 if name else 0, 0, revision) +
                struct.pack("<IIII", size // blocks_of, blocks_of, 0, 0))
    words = struct.unpack("<36H", header(0))
    return (header(-sum(words) & 0xFFFF) + body).ljust(size, b"\xff")

fill_sum = 0xAA
PAD = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"
shell = join(section(0x10, content("shell", 900)), ui("Shell"), version("1.0"))
if variant == "default":
    inner = volume(FFS3, [file(numbered(20), 7, join(section(0x13, b"\x06\x08"), section(0x10, content("inner", 700)), ui("InnerDxe")))], free=64)
    files = [
        file("52C05B14-0B98-496C-BC3B-04B50211D680", 4, section(0x12, content("peicore", 600)), checked=True),
        file(numbered(1), 9, shell),
        file(PAD, 0xF0, b"\xff" * 100),
        file(numbered(2), 11, defined(LZMA, lzma_alone(join(section(0x19, b"\0" * 12), section(0x17, inner)))), checked=True),
        file(numbered(3), 7, join(section(1, struct.pack("<IB", 800, 1) + efi(section(0x19, content("efi", 796)), 4)), ui("Efi"))),
        file(numbered(4), 7, join(section(1, struct.pack("<IB", 800, 1) + efi(section(0x19, content("tiano1", 796)), 5)), ui("Tiano/1"))),
        file(numbered(5), 7, defined(TIANO, efi(join(section(0x19, content("tiano2", 700)), ui("Tiano2")), 5))),
        file(numbered(6), 7, defined(LZMA86, lzma_x86(join(section(0x10, content("x86", 700)), ui("X86"))))),
        file(numbered(7), 7, defined(BROTLI, brotli(join(section(0x10, content("brotli", 700)), ui("Brotli"))))),
        file(numbered(8), 7, (lambda b: defined(CRC32, b, struct.pack("<I", zlib.crc32(b)), 2))(join(section(0x11, content("pic", 300)), ui("Checked")))),
        file(numbered(9), 7, defined(numbered(99), content("secret", 300))),
        file(numbered(10), 2, join(section(0x18, guid(numbered(50)) + content("freeform", 200)), section(3, section(0x19, content("disposable", 100))))),
        file(numbered(11), 6, join(section(0x1B, b"\x08"), section(0x10, content("peim", 100), long=True), section(0x1C, b"\x08"),
                                   section(0x16, content("compat", 80)), section(0xF0, content("postcode", 70)))),
        file(numbered(12), 7, section(1, struct.pack("<IB", 200, 0) + section(0x19, content("stored", 196)))),
        file(numbered(13), 7, section(1, struct.pack("<IB", 300, 2) + lzma_alone(section(0x19, content("lzma1", 296))))),
        file(numbered(14), 1, content("raw", 321)),
    ]
    image = volume(FFS2, files, name=numbered(77))
elif variant == "ffs3":
    image = volume(FFS3, [file(numbered(1), 1, content("large", 17 << 20), large=True), file(numbered(2), 9, shell, checked=True)])
elif variant == "ffs1":
    fill_sum = 0x5A
    image = volume(FFS1, [file(numbered(1), 9, shell, tail=True), file(numbered(2), 1, content("raw", 100))], revision=1)
elif variant == "nested":
    body = section(0x19, content("deep", 100))
    for i in range(40):
        body = section(3, body)
    image = volume(FFS2, [file(numbered(1), 7, body)])
elif variant == "deleted":
    hidden = b"\xff" * 64 + file(numbered(3), 1, content("hidden", 100))
    image = volume(FFS2, [file(numbered(1), 9, shell), file(numbered(2), 1, content("old", 200), state=0xE8), hidden])
elif variant == "padding":
    image = volume(FFS2, [file(PAD, 0xF0, content("padding", 200)), file(numbered(1), 9, shell)])
elif variant == "twice":
    image = volume(FFS2, [file(numbered(1), 9, shell), file(numbered(2), 9, shell), file(numbered(1), 9, shell)])
elif variant == "bomb":
    packed = lzma_alone(bytes(100000))
    image = volume(FFS2, [file(numbered(1), 7, defined(LZMA, packed[:5] + struct.pack("<Q", 1 << 40) + packed[13:])), file(numbered(2), 9, shell)])
else:
    sys.exit("uefi-fv.sh: no such variant: " + variant)
open(out, "wb").write(image)
PY
[ "${3-}" != content ] || tar -C "$content" -cf "$out" .
