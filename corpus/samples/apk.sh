#!/bin/sh
# An Android package with an APK Signing Block of schemes 2 and 3, built from the published layout. usage: apk.sh OUT
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/cert.der" -outform DER -days 3650 \
    -subj "/O=ACME/CN=ACME apps" 2> /dev/null
python3 - "$1" "$work/cert.der" <<'PY'
import hashlib, io, struct, sys, zipfile
certificate = open(sys.argv[2], "rb").read()
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
    for name, data in [("AndroidManifest.xml", b"\x03\0\x08\0manifest" * 20), ("classes.dex", b"dex\n035\0" + b"code" * 900), ("res/raw/a.txt", b"text " * 400)]:
        z.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), data, zipfile.ZIP_DEFLATED)
d = b.getvalue()
end = d.rindex(b"PK\5\6")
directory = struct.unpack_from("<I", d, end + 16)[0]
entries, central, record = d[:directory], d[directory:end], bytearray(d[end:])
def prefixed(x):
    return struct.pack("<I", len(x)) + x
chunks = [part[at:at + (1 << 20)] for part in (entries, central, bytes(record)) for at in range(0, len(part), 1 << 20)]
top = hashlib.sha256(b"\x5a" + struct.pack("<I", len(chunks)) +
                     b"".join(hashlib.sha256(b"\xa5" + struct.pack("<I", len(c)) + c).digest() for c in chunks)).digest()
digests = prefixed(prefixed(struct.pack("<I", 0x0201) + prefixed(top)))
def value(behind):
    signed = digests + prefixed(prefixed(certificate)) + behind + prefixed(b"")
    signer = prefixed(signed) + behind + prefixed(prefixed(struct.pack("<I", 0x0201) + prefixed(b"s" * 70))) + prefixed(b"k" * 91)
    return prefixed(prefixed(signer))
def pair(number, data):
    return struct.pack("<QI", len(data) + 4, number) + data
pairs = pair(0x7109871A, value(b"")) + pair(0xF05368C0, value(struct.pack("<II", 28, 0x7FFFFFFF))) + pair(0x42726577, b"\0" * 100)
size = len(pairs) + 24
block = struct.pack("<Q", size) + pairs + struct.pack("<Q", size) + b"APK Sig Block 42"
struct.pack_into("<I", record, 16, directory + len(block))
open(sys.argv[1], "wb").write(entries + block + central + record)
PY
