#!/bin/sh
# A small zip. usage: zip.sh OUT [deflate|stored|zip64|encrypted|sfx|bzip2|lzma|streamed|hidden|dahua|comment] [TREE]
set -eu
out=$1 variant=${2:-deflate} keep=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${keep:-$work/tree}
mkdir -p "$tree/etc" "$tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$tree/etc/passwd"
: > "$tree/etc/empty"
i=0; while [ $i -lt 200 ]; do echo "line $i of a text that packs well"; i=$((i + 1)); done > "$tree/bin/tool"
ln -sf tool "$tree/bin/link"
printf 'coffee\n' > "$tree/etc/caf$(printf '\303\251')"
chmod 755 "$tree/bin/tool"; chmod 644 "$tree/etc/"*
find "$tree" -exec touch -h -d @1700000000 {} +
list() { (cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | sed 's,^\./,,'); }
pack() { list | (cd "$tree" && TZ=UTC LC_ALL=C.UTF-8 zip -q -y -X "$@" "$work/out.zip" -@); }
case $variant in
deflate) pack ;;
stored) pack -0 ;;
zip64) pack -fz ;;
encrypted) # traditional encryption as in APPNOTE.TXT 6.1, with a fixed random header; zip itself takes a fresh one each time
    python3 - "$work/out.zip" <<'PY'
import struct, sys, zlib
def crc(old, byte):
    n = (old ^ byte) & 0xFF
    for _ in range(8):
        n = n >> 1 ^ (0xEDB88320 if n & 1 else 0)
    return old >> 8 ^ n
keys = [0x12345678, 0x23456789, 0x34567890]
def update(byte):
    keys[0] = crc(keys[0], byte)
    keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    keys[2] = crc(keys[2], keys[1] >> 24)
for byte in b"secret":
    update(byte)
body = b"root:$1$abc:0:0\n"
check = zlib.crc32(body)
sealed = bytearray()
for byte in bytes(range(11)) + bytes([check >> 24]) + body:
    t = keys[2] & 0xFFFF | 2
    sealed.append(byte ^ (t * (t ^ 1) >> 8 & 0xFF))
    update(byte)
common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x5721, check, len(sealed), len(body), 6, 0)
local = b"PK\3\4" + common + b"shadow" + sealed
central = b"PK\1\2" + struct.pack("<H", 0x31E) + common + struct.pack("<HHHII", 0, 0, 0, 0o100600 << 16, 0) + b"shadow"
end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
open(sys.argv[1], "wb").write(local + central + end)
PY
    ;;
comment) pack; printf 'a comment' | zip -q -z "$work/out.zip" ;;
sfx) pack; { printf '#!/bin/sh\n# a stub before the archive\n'; cat "$work/out.zip"; } > "$work/sfx"; mv "$work/sfx" "$work/out.zip" ;;
bzip2) pack -Z bzip2 ;;
lzma) (cd "$tree" && 7z a -bso0 -bsp0 -tzip -mm=LZMA -mtc=off -snl "$work/out.zip" bin etc) ;;
streamed) # written to a pipe: sizes and CRCs stand behind the content
    list > "$work/list"
    (cd "$tree" && python3 - "$work/list" <<'PY' | cat > "$work/out.zip"
import os, sys, zipfile
with zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED) as archive:
    for name in open(sys.argv[1], encoding="utf-8", errors="surrogateescape").read().splitlines():
        facts = os.lstat(name)
        link  = os.path.islink(name)
        info  = zipfile.ZipInfo(name + "/" * (os.path.isdir(name) and not link), (2023, 11, 14, 22, 13, 20))
        info.create_system, info.external_attr, info.compress_type = 3, facts.st_mode << 16, zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as member:
            if link:
                member.write(os.readlink(name).encode("utf-8", "surrogateescape"))
            elif os.path.isfile(name):
                member.write(open(name, "rb").read())
PY
    )
    ;;
dahua) pack; printf 'DH' | dd of="$work/out.zip" conv=notrunc 2>/dev/null ;;
hidden) # a member that only its local header knows
    pack
    python3 - "$work/out.zip" <<'PY'
import struct, sys, zlib
whole = open(sys.argv[1], "rb").read()
end = whole.rindex(b"PK\5\6")
size, at = struct.unpack_from("<II", whole, end + 12)
body = b"nobody lists this\n"
local = struct.pack("<IHHHHHIIIHH", 0x04034b50, 10, 0, 0, 0, 0x5721, zlib.crc32(body), len(body), len(body), 6, 0) + b"hidden" + body
tail = bytearray(whole[at:])
struct.pack_into("<I", tail, end - at + 16, at + len(local))
open(sys.argv[1], "wb").write(whole[:at] + local + tail)
PY
    ;;
*) echo "zip.sh: no variant $variant" >&2; exit 1 ;;
esac
mv "$work/out.zip" "$out"
