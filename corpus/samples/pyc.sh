#!/bin/sh
# Compiled Python. usage: pyc.sh OUT [time|hash|2.7]. The last is written by the published layout, the others by the Python that is here.
set -eu
python3 - "$1" "${2:-time}" <<'PY'
import importlib.util, marshal, struct, sys
out, variant = sys.argv[1:3]
source = '''"""A module."""
import os
NAMES = frozenset({"a", "b"}); BIG = 123456789012345678901234567890; Z = 1.5 + 2j; B = b"bytes" * 30; E = ...
class Tool:
    def run(self, *arguments, deep=None, **more):
        return [lambda x, y=i: x + y + len(arguments) for i in range(10)] if deep else {"caf\\u00e9": more}
''' + "".join("def f%d(x):\n    return x + %d\n" % (i, i * 7) for i in range(20))
code = compile(source, "/usr/lib/tool/tool.py", "exec")
if variant == "2.7":
    s = lambda t, b: t + struct.pack("<I", len(b)) + b
    consts = b"(" + struct.pack("<I", 2) + b"i" + struct.pack("<i", 7) + b"N"
    body = b"c" + struct.pack("<4i", 0, 0, 1, 64) + s(b"s", b"d\0\0Z\0\0d\1\0S") + consts + b"(" + struct.pack("<I", 1) + s(b"t", b"x")
    body += s(b"(", b"") * 3 + s(b"s", b"old.py") + s(b"t", b"<module>") + struct.pack("<i", 1) + s(b"s", b"")
    open(out, "wb").write(struct.pack("<HHI", 62211, 0x0A0D, 1400000000) + body)
else:
    head = struct.pack("<II", 1700000000, len(source)) if variant == "time" else importlib.util.source_hash(source.encode())
    open(out, "wb").write(importlib.util.MAGIC_NUMBER + struct.pack("<I", 0 if variant == "time" else 3) + head + marshal.dumps(code))
PY
