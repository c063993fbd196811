#!/bin/sh
# An Instar BNEG with its two partitions, from the published layout. usage: instar_bneg.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import struct
from parts import *
first, second = keep("part1", content("first", 4000)), keep("part2", content("second", 5000))
done(b"BNEG" + struct.pack("<IIII", 1, 1, len(first), len(second)) + first + second)
PY
