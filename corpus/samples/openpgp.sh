#!/bin/sh
# Packets of OpenPGP from the published layout: a public key, its user, a signature by itself (which is none). secret: of a private key.
# usage: openpgp.sh OUT [secret]
set -eu
python3 - "$1" "${2:-}" <<'PY'
import random, struct, sys
random.seed(20231114)
noise = lambda n: bytes([0x80 | random.getrandbits(7)]) + bytes(random.getrandbits(8) for _ in range(n - 1))
def old(tag, body): return bytes([0x80 | tag << 2 | 1]) + struct.pack(">H", len(body)) + body
def new(tag, body): return bytes([0xC0 | tag, len(body)]) + body
key = b"\x04" + struct.pack(">I", 1700000000) + b"\x01" + struct.pack(">H", 2048) + noise(256) + b"\x00\x11\x01\x00\x01"
signature = b"\x04\x13\x01\x08" + struct.pack(">H", 6) + b"\x05\x02" + struct.pack(">I", 1700000000) + b"\x00\x00" + b"\xab\xcd" + struct.pack(">H", 2048) + noise(256)
secret = sys.argv[2] == "secret"
data = old(5 if secret else 6, key + (b"\x00" + struct.pack(">H", 2047) + noise(256) if secret else b"")) + new(13, b"Sample Works <sample@sample.invalid>") + old(2, signature)
open(sys.argv[1], "wb").write(data)
PY
