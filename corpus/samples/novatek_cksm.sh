#!/bin/sh
# A Novatek CKSM wrapper, from the published layout. usage: novatek_cksm.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
part = keep("content", content("ubi", 6000))
image = bytearray(b"CKSM" + struct.pack("<IIIIIII", 0x16040719, 0, 0, 0x40, len(part), 0, 9) + bytes(32) + part)
total = sum(word + i for i, (word,) in enumerate(struct.iter_unpack("<H", image)))
struct.pack_into("<H", image, 12, -total & 0xFFFF)
done(bytes(image))
PY
