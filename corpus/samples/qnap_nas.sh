#!/bin/sh
# A QNAP firmware, encrypted as far as its footer says, from the published layout. usage: qnap_nas.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import gzip, struct
from parts import *
plain = keep("firmware.tgz", gzip.compress(content("qnap", 20000), 9, mtime=0))
def encrypt(data):
    secret, words = b"QNAPNASVERSION", 7
    seen = y = z = 0
    out = bytearray()
    for byte in data:
        state = mixed = 0
        for i in range(words):
            high = secret[2 * i] ^ seen
            x = state ^ (((high if high < 0x80 else high - 0x101) << 8) + (secret[2 * i + 1] ^ seen) & 0xFFFFFFFF)
            state = 0x4E35 * x + 1 & 0xFFFF
            y, before = 0x15A * x & 0xFFFF, y
            z = y + before + 0x4E35 * (z + i) & 0xFFFF
            mixed ^= state ^ z
        out.append(byte ^ mixed >> 8 ^ mixed & 0xFF)
        seen ^= byte
    return bytes(out)
encrypted = encrypt(plain[:4096])
assert encrypted[:4] == bytes.fromhex("F57B4703")  # as every published firmware begins
image = encrypted + plain[4096:]
done(image + b"icpnas" + struct.pack("<I", 4096) + field("TS-X28A", 16) + field("4.5.4", 16) + field("20230525", 16) + field("2374", 16))
PY
