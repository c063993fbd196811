#!/bin/sh
# A ZTE configuration, from the published layout. usage: zte_config.sh OUT [bare|little|encrypted]
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct, zlib
from parts import *
config = keep("config", content("config", 30000)) if variant != "encrypted" else b""
chunks, crc, at, size = b"", 0, 60, 8192
for i in range(0, len(config), size):
    packed = zlib.compress(config[i : i + size], 9)
    crc = zlib.crc32(packed, crc)
    at += 12 + len(packed)
    chunks += struct.pack(">III", len(config[i : i + size]), len(packed), 0 if i + size >= len(config) else at) + packed
head = struct.pack(">6I", 0x01020304, 0, len(config), at, size, crc)
payload = head + struct.pack(">I", zlib.crc32(head)) + bytes(32) + chunks
if variant == "encrypted":
    secret = content("secret", 8000)
    secret = keep("encrypted", struct.pack(">III", len(secret), len(secret), 0) + secret)
    payload = struct.pack(">6I", 0x01020304, 4, 0, 0, 65536, 0) + bytes(36) + secret
image = payload
if variant != "bare":
    model = b"ZXHN H168N V3.5"
    image = struct.pack(">III", 0x04030201, 0, len(model)) + model + image
    words = [0] * 28
    words[2], words[11], words[12], words[13], words[14] = 4, 64, 2, 128, len(image)
    image = struct.pack(">4I", 0x99999999, 0x44444444, 0x55555555, 0xAAAAAAAA) + struct.pack("<28I" if variant == "little" else ">28I", *words) + image
done(image)
PY
