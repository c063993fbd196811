#!/bin/sh
# Microcode updates of Intel processors, with noise for microcode. usage: intel-microcode.sh OUT [one|damaged]   default: three, one after filling
set -eu
python3 - "$1" "${2-}" <<'PY'
import random, struct, sys
rnd = random.Random("microcode")
def summed(data, at):
    total = sum(struct.unpack("<%dI" % (len(data) // 4), data))
    return data[:at] + struct.pack("<I", -total & 0xFFFFFFFF) + data[at + 4:]
def update(signature, platforms, revision, date, size, table=()):
    further = 20 + 12 * len(table) if table else 0
    head = struct.pack("<IIIIIIIII12x", 1, revision, date, signature, 0, 1, platforms, size, 48 + size + further)
    data = summed(head + rnd.randbytes(size), 16)
    if not table: # which adds up to 0 by itself, as every update does whose header is made to fit one of its entries
        return data
    total = signature + platforms + struct.unpack_from("<I", data, 16)[0]
    entries = b"".join(struct.pack("<III", s, p, total - s - p & 0xFFFFFFFF) for s, p in table)
    return data + summed(struct.pack("<II12x", len(table), 0) + entries, 4)
first = update(0x306C3, 0x32, 0x28, 0x11122019, 2000)
rest = update(0x906EA, 0x22, 0xF8, 0x02242024, 976) + b"\xff" * 1024 + update(0x406E3, 0xC0, 0xF0, 0x11122021, 2980, [(0x406E4, 0xC0), (0x406E8, 0x80)])
data = bytearray(first if sys.argv[2] == "one" else first + rest)
if sys.argv[2] == "damaged":
    data[500] ^= 1
open(sys.argv[1], "wb").write(data)
PY
