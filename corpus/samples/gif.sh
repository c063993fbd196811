#!/bin/sh
# A GIF of 2 by 2 points with a comment. usage: gif.sh OUT
set -eu
python3 - "$1" <<'PY'
import sys
d = b"GIF89a\2\0\2\0\x80\0\0" + b"\0\0\0\xff\xff\xff" + b"\x21\xfe\6sample\0"
d += b"\x2c\0\0\0\0\2\0\2\0\0" + b"\2\3\x44\x02\x05\0" + b"\x3b"
open(sys.argv[1], "wb").write(d)
PY
