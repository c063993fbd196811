#!/bin/sh
# Plain text. usage: text.sh OUT [ascii|utf-8|utf-16le|utf-16be]
set -eu
python3 - "$1" "${2:-utf-8}" <<'PY'
import sys
text = "# Configuration of a sample\nname = router\n" * 40
if sys.argv[2] != "ascii":
    text += "café, Zürich, 東京 \U0001F600\n"
mark = {"utf-16le": b"\xff\xfe", "utf-16be": b"\xfe\xff"}.get(sys.argv[2], b"")
open(sys.argv[1], "wb").write(mark + text.encode(sys.argv[2]))
PY
