#!/bin/sh
# A small asar, by the published layout. usage: asar.sh OUT [tree|no-offset|deep]
set -eu
python3 - "$1" "${2:-tree}" <<'PY'
import hashlib, json, struct, sys
out, variant = sys.argv[1:3]
sys.setrecursionlimit(5000)
body = bytearray()
def file(content, block=4096, **more):
    entry = {"size": len(content)}
    if more.pop("integrity", True):
        blocks = [content[i:i + block] for i in range(0, max(len(content), 1), block)]
        entry["integrity"] = {"algorithm": "SHA256", "hash": hashlib.sha256(content).hexdigest(), "blockSize": block,
                              "blocks": [hashlib.sha256(b).hexdigest() for b in blocks]}
    entry["offset"] = str(len(body))
    entry.update(more)
    body.extend(content)
    return entry
lines = lambda word, n: "".join("%s %d\n" % (word, i) for i in range(n)).encode()
tree = {"package.json": file(b'{"name":"sample","version":"1.2.3","main":"main.js"}\n'),
        "main.js": file(lines("require", 900)),
        "bin": {"files": {"tool": file(b"#!/bin/sh\necho tool\n", executable=True), "again": {"link": "bin/tool"}}},
        "empty": file(b"", integrity=False), "void": {"files": {}},
        "caf\u00e9 \u2615.txt": file(b"coffee\n"),
        "native": {"files": {"addon.node": {"size": 12345, "unpacked": True}}},
        "lib": {"files": {"a": {"files": {"b.js": file(lines("deep", 200))}}}}}
if variant == "no-offset":
    del tree["main.js"]["offset"]
if variant == "deep":
    for i in range(600):
        tree = {"d": {"files": tree}}
index = json.dumps({"files": tree}, separators=(",", ":"), ensure_ascii=False).encode()
pickle = struct.pack("<I", len(index)) + index + bytes(-len(index) % 4)
open(out, "wb").write(struct.pack("<III", 4, len(pickle) + 4, len(pickle)) + pickle + body)
PY
