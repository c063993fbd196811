#!/bin/sh
# A boot stage with a nonce in front; plain: without; signed: with a signature instead of the digest. usage: amlogic_boot.sh OUT [plain|signed]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/soc_code.sh"
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
code payload 9000 > payload
python3 - "$out" "${2:-}" <<'PY'
import hashlib, struct, sys
payload = open("payload", "rb").read()
digest, digest_size = 64, 512
padding = digest + digest_size
padding_size = 4096 - padding - 16
start = padding + padding_size
size = start + len(payload)
data = digest + 32
head = struct.pack("<4sIHBBIIIIIIIIIIIII", b"@AML", size, 64, 1, 1, 0x42424200, 1 if sys.argv[2] == "signed" else 0, digest, digest_size, data, size - data,
                   0, padding, padding_size, 0, start, len(payload), 0)
whole = bytearray(head + b"\0" * (start - 64) + payload)
whole[digest:digest + 32] = hashlib.sha256(head + whole[data:size]).digest()
open(sys.argv[1], "wb").write((b"" if sys.argv[2] == "plain" else b"\x42" * 16) + whole)
PY
