#!/bin/sh
# Two certificates and three hashes, as in the variable db. usage: efi-siglist.sh OUT
# The certificates' bodies are no certificates: a real one would be another with each run.
set -eu
python3 - "$1" <<'PY'
import struct, sys, uuid
guid = lambda text: uuid.UUID(text).bytes_le
owner, other = guid("77FA9ABD-0359-4D32-BD60-28F4E78F784B"), guid("605DAB50-E046-4300-ABB6-3DD810DD8B23")
def siglist(kind, *signatures):
    size = len(signatures[0])
    return guid(kind) + struct.pack("<III", 28 + size * len(signatures), 0, size) + b"".join(signatures)
X509, SHA256 = "A5C059A1-94E4-4AA7-87B5-AB155C2BF072", "C1C41626-504C-4092-ACA9-41F936934328"
der = lambda seed, size: b"\x30\x82" + struct.pack(">H", size) + bytes((i * seed + 1) & 0xFF for i in range(size))
open(sys.argv[1], "wb").write(siglist(X509, owner + der(7, 700)) + siglist(X509, other + der(11, 900)) +
                              siglist(SHA256, *(owner + bytes([i]) * 32 for i in range(3))))
PY
