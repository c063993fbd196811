#!/bin/sh
# A terse executable with two sections. usage: te-image.sh OUT
set -eu
python3 - "$1" <<'PY'
import struct, sys
stripped = 0x1B8
at = lambda offset: offset + stripped - 40
head = b"VZ" + struct.pack("<HBBHIIQIIII", 0x8664, 2, 11, stripped, 0x1000, 0x1000, 0xFFFC0000, 0, 0, 0, 0)
section = lambda name, address, size, offset: name + struct.pack("<IIIIIIHHI", size, address, size, at(offset), 0, 0, 0, 0, 0x60000020)
text, data = b"\x90\x48\x31\xc0\xc3" * 60, b"data of the sample. " * 10
first = (40 + 80 + 31) // 32 * 32
second = (first + len(text) + 31) // 32 * 32
image = head + section(b".text\0\0\0", 0x1000, len(text), first) + section(b".data\0\0\0", 0x2000, len(data), second)
image = image.ljust(first, b"\0") + text
open(sys.argv[1], "wb").write(image.ljust(second, b"\0") + data)
PY
