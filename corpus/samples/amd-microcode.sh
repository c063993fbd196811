#!/bin/sh
# Two containers of microcode for AMD processors, with noise for microcode. usage: amd-microcode.sh OUT
set -eu
python3 - "$1" <<'PY'
import random, struct, sys
rnd = random.Random("amd")
def container(*processors):
    table = b"".join(struct.pack("<IIIHH", cpu, 0, 0, number, 0) for cpu, number in processors) + bytes(16)
    data = b"DMA\0" + struct.pack("<II", 0, len(table)) + table
    for i, (cpu, number) in enumerate(processors):
        patch = struct.pack("<IIHBBIIIHH4x", 0x04132023, 0x08701000 + i, 0x8004, 0, 0, 0, 0, 0, number, 0) + rnd.randbytes(900)
        data += struct.pack("<II", 1, len(patch)) + patch
    return data
open(sys.argv[1], "wb").write(container((0x00870F10, 0x8710), (0x00860F01, 0x8601)) + container((0x00A20F12, 0xA212)))
PY
