#!/bin/sh
# VBMeta with descriptors of each kind, signed by a key made here (so it differs each time), or a partition with a footer.
# usage: android-vbmeta.sh OUT [vbmeta|footer|unsigned]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl genrsa -out "$work/key.pem" 2048 2> /dev/null
openssl rsa -in "$work/key.pem" -noout -modulus 2> /dev/null | sed 's/Modulus=//' > "$work/modulus"
cat > "$work/make.py" <<'PY'
import hashlib, struct, subprocess, sys
out, variant, work = sys.argv[1:]
modulus = int(open(work + "/modulus").read(), 16)
key = struct.pack(">II", 2048, (-pow(modulus, -1, 1 << 32)) % (1 << 32)) + modulus.to_bytes(256, "big") + pow(1 << 2048, 2, modulus).to_bytes(256, "big")
def descriptor(tag, body):
    body += b"\0" * (-len(body) % 8)
    return struct.pack(">QQ", tag, len(body)) + body
def prop(k, v):
    return descriptor(0, struct.pack(">QQ", len(k), len(v)) + k + b"\0" + v + b"\0")
def hash_of(name):
    return descriptor(2, struct.pack(">Q32sIIII60s", 4096, b"sha256", len(name), 4, 32, 0, b"") + name + b"salt" + b"\x11" * 32)
def tree(name):
    return descriptor(1, struct.pack(">IQQQIIIQQ32sIIII60s", 1, 8192, 8192, 4096, 4096, 4096, 0, 0, 0, b"sha1", len(name), 4, 20, 0, b"") + name + b"salt" + b"\x22" * 20)
def command(text):
    return descriptor(3, struct.pack(">II", 1, len(text)) + text)
def chain(name):
    return descriptor(4, struct.pack(">III64s", 1, len(name), len(key), b"") + name + key)
descriptors = prop(b"com.android.build.sample.os_version", b"13") + hash_of(b"boot") + tree(b"system") + command(b"dm=1 vroot none ro") + chain(b"vbmeta_system")
auxiliary = descriptors + key
auxiliary += b"\0" * (-len(auxiliary) % 64)
signed = variant != "unsigned"
authentication = 320 if signed else 0
header = struct.pack(">4sIIQQI", b"AVB0", 1, 0, authentication, len(auxiliary), 1 if signed else 0)
header += struct.pack(">10Q", 0, 32 * signed, 32 * signed, 256 * signed, len(descriptors), len(key), len(descriptors) + len(key), 0, 0, len(descriptors))
header += struct.pack(">QII47sx80s", 7, 0, 0, b"avbtool 1.2.0", b"")
assert len(header) == 256
digest = hashlib.sha256(header + auxiliary).digest()
block = b""
if signed:
    open(work + "/body", "wb").write(header + auxiliary)
    subprocess.run(["openssl", "dgst", "-sha256", "-sign", work + "/key.pem", "-out", work + "/signature", work + "/body"], check=True)
    block = (digest + open(work + "/signature", "rb").read()).ljust(320, b"\0")
vbmeta = header + block + auxiliary
if variant == "footer":
    image = (b"content of a partition\n" * 400).ljust(12288, b"\0")
    vbmeta = image + vbmeta.ljust(8192 - 64, b"\0") + struct.pack(">4sIIQQQ28s", b"AVBf", 1, 0, 9200, 12288, len(vbmeta), b"")
open(out, "wb").write(vbmeta)
PY
python3 "$work/make.py" "$1" "${2:-vbmeta}" "$work"
