#!/bin/sh
# A TRX version 1 with two partitions: a gzip stream and a run of text. usage: trx.sh OUT
set -eu
python3 - "$1" <<'PY'
import gzip, struct, sys, zlib
kernel = gzip.compress(b"kernel text, repeated. " * 500, mtime=0)
kernel += b"\0" * (-len(kernel) % 4)
rootfs = b"root file system text, repeated. " * 300
rootfs += b"\0" * (-len(rootfs) % 4)
first = 28
second = first + len(kernel)
behind = struct.pack("<HHIII", 0, 1, first, second, 0) + kernel + rootfs
crc = zlib.crc32(behind) ^ 0xFFFFFFFF
open(sys.argv[1], "wb").write(b"HDR0" + struct.pack("<II", 12 + len(behind), crc) + behind)
PY
