#!/bin/sh
# The bytes of a disk that samples of disk images are made from: text, noise, holes. usage: disk.sh OUT [KIB, default 1536]
set -eu
python3 - "$1" "${2:-1536}" <<'PY'
import random, sys
size, r = int(sys.argv[2]) << 10, random.Random("disk")
disk = bytearray(size)
text = b"".join(b"sector %06d of a disk that compresses\n" % n for n in range(9000))
def put(at, data):
    disk[at:at + len(data)] = data[:max(0, size - at)]
put(0, text[:100 << 10])
put(300 << 10, r.randbytes(150 << 10))
put(700 << 10, b"one sector between holes".ljust(512, b"."))
put(1100 << 10, text[:200 << 10])
put(size - 1024, b"the end of the disk".ljust(1024, b"#"))
open(sys.argv[1], "wb").write(disk)
PY
