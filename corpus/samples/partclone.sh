#!/bin/sh
# The used blocks of an ext2. usage: partclone.sh OUT [2|1]; 1: the old version, by its layout.
set -eu
out=$1 variant=${2:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
i=0; while [ $i -lt 900 ]; do echo "line $i of a file"; i=$((i + 1)); done > "$work/tree/file"
E2FSPROGS_FAKE_TIME=1700000000 mke2fs -q -F -t ext2 -b 1024 -U 01234567-89ab-cdef-0123-456789abcdef -E hash_seed=01234567-89ab-cdef-0123-456789abcdef -d "$work/tree" "$work/fs" 128k > /dev/null 2>&1
partclone.ext2 -c -q -L "$work/log" -k 8 -s "$work/fs" -O "$work/out" > /dev/null 2>&1
[ "$variant" = 2 ] || python3 - "$work/out" <<'PY'
import struct, sys, zlib
b = open(sys.argv[1], "rb").read()
size, blocks, _, used, block = struct.unpack_from("<QQQQI", b, 52)
strip, = struct.unpack_from("<I", b, 100)
bits = b[110:110 + (blocks + 7) // 8]
at, count, data = 110 + len(bits) + 4, 0, b""
for i in range(blocks):
    if bits[i // 8] >> (i % 8) & 1:
        data += b[at:at + block] + struct.pack("<I", 0)
        at, count = at + block, count + 1
        if count % strip == 0: at += 4
head = b"partclone-image" + b"EXTFS".ljust(15, b"\0") + b"0001" + bytes(2) + struct.pack("<IQQQ", block, size, blocks, used) + bytes(4096)
open(sys.argv[1], "wb").write(head + bytes(bits[i // 8] >> (i % 8) & 1 for i in range(blocks)) + b"BiTmAgIc" + data)
PY
mv "$work/out" "$out"
