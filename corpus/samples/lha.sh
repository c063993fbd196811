#!/bin/sh
# A small LHA. Debian has no program that writes it: stored members are written here; the packed one was made by hand, from
# literals only. usage: lha.sh OUT [level0|level1|level2|lh5]
set -eu
python3 - "$1" "${2:-level1}" <<'PY'
import struct, sys
out, variant = sys.argv[1:3]

def crc16(data, crc=0):
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc

def fixed(method, packed, size, time, level):
    return method + struct.pack("<IIIBB", packed, size, time, 0x20, level)

DOS = ((2023 - 1980) << 9 | 11 << 5 | 14) << 16 | 22 << 11 | 13 << 5 | 10
UNIX = 1700000000

def level0(name, body, method=b"-lh0-", data=None):
    data = body if data is None else data
    unix = b"U\0" + struct.pack("<IHHH", UNIX, 0o100755, 7, 8)
    rest = fixed(method, len(data), len(body), DOS, 0) + bytes([len(name)]) + name + struct.pack("<H", crc16(body)) + unix
    return bytes([len(rest), sum(rest) & 255]) + rest + data

def extensions(items, width=2):
    sized = [bytes([kind]) + data for kind, data in items]
    sizes = [len(s) + width for s in sized] + [0]
    packed = b""
    for s, following in zip(sized, sizes[1:]):
        packed += s + following.to_bytes(width, "little")
    return sizes[0], packed

def level1(name, directory, body, method=b"-lh0-"):
    items = [(2, directory.replace(b"/", b"\xff"))] if directory else []
    items.append((0x50, struct.pack("<H", 0o100640)))
    first, ext = extensions(items)
    rest = fixed(method, len(body) + len(ext), len(body), DOS, 1) + bytes([len(name)]) + name + struct.pack("<H", crc16(body)) + b"U"
    rest += struct.pack("<H", first)
    return bytes([len(rest), sum(rest) & 255]) + rest + ext + body

def level2(name, directory, body, method=b"-lh0-"):
    items = [(0, b"\0\0"), (1, name)]
    if directory:
        items.append((2, directory.replace(b"/", b"\xff")))
    items += [(0x50, struct.pack("<H", 0o100600)), (0x51, struct.pack("<HH", 8, 7))]
    first, ext = extensions(items)
    rest = fixed(method, len(body), len(body), UNIX, 2) + struct.pack("<H", crc16(body)) + b"U" + struct.pack("<H", first) + ext
    head = bytearray(struct.pack("<H", len(rest) + 2) + rest)
    struct.pack_into("<H", head, 27, crc16(bytes(head)))
    return bytes(head) + body

def lh5(body):
    """One block of literals, every symbol with the same code length: tables as in LHarc's ar002."""
    bits = []
    def put(value, width):
        bits.extend(value >> i & 1 for i in range(width - 1, -1, -1))
    used = sorted(set(body))
    width = max(1, (len(used) - 1).bit_length())
    count = 1 << width
    symbols = used + [s for s in range(256) if s not in used][:count - len(used)]
    symbols.sort()
    lengths = [width if s in symbols else 0 for s in range(max(symbols) + 1)]
    put(len(body), 16)
    # The lengths' own code has two symbols of one bit each: 0 (absent) and width + 2.
    put(width + 3, 5)                       # the length table has symbols 0 to width + 2
    for s in range(width + 3):
        put(1 if s in (0, width + 2) else 0, 3)
        if s == 2:
            put(0, 2)                       # no run of further zeros
    put(max(symbols) + 1, 9)
    for length in lengths:
        put(1 if length else 0, 1)
    put(0, 4); put(0, 4)                    # distances: one symbol only
    for byte in body:
        put(symbols.index(byte), width)
    while len(bits) % 8:
        bits.append(0)
    return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))

text = b"".join(b"line %d of a text\n" % i for i in range(60))
name = "caf\u00e9".encode()
if variant == "level0":
    whole = level0(b"bin\\tool", text) + level0(name, b"coffee\n")
elif variant == "level1":
    whole = level1(b"tool", b"bin/", text) + level1(name, b"", b"coffee\n") + level1(b"empty", b"etc/", b"")
elif variant == "level2":
    whole = level2(b"tool", b"bin/", text) + level2(name, b"", b"coffee\n") + level2(b"", b"etc/", b"", b"-lhd-")
elif variant == "lh5":
    whole = level0(b"packed", text, b"-lh5-", lh5(text)) + level0(b"stored", b"plain\n")
else:
    sys.exit("lha.sh: no variant " + variant)
open(out, "wb").write(whole + b"\0")
PY
