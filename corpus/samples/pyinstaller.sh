#!/bin/sh
# A package of PyInstaller by its layout, or its modules alone. usage: pyinstaller.sh OUT [new|old|pyz|behind-elf|in-elf]
set -eu
python3 - "$1" "${2:-new}" <<'PY'
import importlib.util, marshal, struct, subprocess, sys, zlib
out, variant = sys.argv[1:3]
code = lambda n, name: marshal.dumps(compile("def f(x):\n    return x * %d\n" % n * 9, name, "exec"))
modules, body = [], bytearray(b"PYZ\0" + importlib.util.MAGIC_NUMBER + bytes(9))
for i, (name, kind) in enumerate([("tool", 1), ("tool.main", 0), ("tool.deep.er", 0), ("space", 3)] + [("m%d" % i, 0) for i in range(9)]):
    data = zlib.compress(code(i, name + ".py"), 6) if kind < 2 else b""
    modules.append((name, (kind, len(body), len(data))))
    body += data
body[8:12] = struct.pack(">I", len(body))
pyz = bytes(body) + marshal.dumps(modules)
package, table = bytearray(), b""
def add(name, kind, content, pack=True):
    global table
    data = zlib.compress(content, 9) if pack else content
    size = -(-(18 + len(name) + 1) // 16) * 16
    table += struct.pack(">IIIIBc%ds" % (size - 18), size, len(package), len(data), len(content), pack, kind, name)
    package.extend(data)
add(b"struct", b"m", code(1, "struct.py"))
add(b"hello", b"s", code(2, "hello.py"))
add(b"lib\\data.txt", b"x", b"".join(b"line %d\n" % i for i in range(300)))
add(b"raw.bin", b"b", bytes(range(256)) * 3, False)
add(b"link.so", b"n", b"raw.bin\0")
add(b"PYZ-00.pyz", b"z", pyz, False)
add(b"pyi-contents-directory _internal", b"o", b"", False)
cookie = struct.pack(">8sIIII", b"MEI\x0c\x0b\x0a\x0b\x0e", len(package) + len(table) + (24 if variant == "old" else 88), len(package), len(table), 27 if variant == "old" else 311)
package += table + cookie + (b"" if variant == "old" else b"libpython3.11.so".ljust(64, b"\0"))
if variant == "pyz":
    package = pyz
if variant in ("behind-elf", "in-elf"):
    elf = open("/bin/true", "rb").read()
    if variant == "behind-elf":
        package = elf + package + b"signature"
    else:
        open(out + ".part", "wb").write(package)
        subprocess.check_call(["objcopy", "--add-section", "pydata=" + out + ".part", "/bin/true", out])
        subprocess.check_call(["rm", out + ".part"])
if variant != "in-elf":
    open(out, "wb").write(package)
PY
