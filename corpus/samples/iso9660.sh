#!/bin/sh
# A small ISO 9660 image. usage: iso9660.sh OUT [rockridge|joliet|both|plain|boot|loop|udf|udf-hides] [TREE]
set -eu
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
variant=${2:-rockridge} keep=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${keep:-$work/tree}
mkdir -p "$tree/etc" "$tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$tree/etc/passwd"
i=0; while [ $i -lt 100 ]; do echo "line $i of a text"; i=$((i + 1)); done > "$tree/bin/tool"
chmod 755 "$tree/bin/tool"; chmod 640 "$tree/etc/passwd"
options=
case $variant in
rockridge|loop) options='-R -uid 0 -gid 0'; ln -sf tool "$tree/bin/link"; : > "$tree/etc/empty" ;;
joliet) options='-J -joliet-long'; printf 'coffee\n' > "$tree/etc/A long name with caf$(printf '\303\251').txt" ;;
both) options='-R -J -uid 0 -gid 0' ;;
plain) ;;
udf) options='-R -uid 0 -gid 0 -udf' ;;
udf-hides) options='-R -uid 0 -gid 0 -udf -hide secret'; echo 'only in the UDF view' > "$tree/bin/secret" ;;
boot) options='-R -uid 0 -gid 0 -b bin/loader -no-emul-boot -boot-load-size 4 -c boot.cat'; head -c 2048 "$tree/bin/tool" > "$tree/bin/loader" ;;
*) echo "iso9660.sh: no variant $variant" >&2; exit 1 ;;
esac
find "$tree" -exec touch -h -d @1700000000 {} +
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC LC_ALL=C.UTF-8
# shellcheck disable=SC2086
(cd "$tree" && genisoimage -quiet -input-charset utf-8 -no-pad -V SAMPLE -preparer '' -publisher '' -A '' $options -o "$work/out.iso" .) 2>/dev/null
# Times of creation, in the descriptors and in the records of the machine's own directories.
python3 - "$work/out.iso" "$variant" <<'PY'
import struct, sys
path, variant = sys.argv[1:3]
iso = bytearray(open(path, "rb").read())
at = 0x8000
while iso[at + 1:at + 6] == b"CD001" and iso[at] != 255:
    if iso[at] in (1, 2):
        iso[at + 813:at + 881] = b"2023111422132000\0" * 4
    at += 2048
# Times of modification, access and change, and that of the boot catalogue, which is made on the way.
stamp = bytes([123, 11, 14, 22, 13, 20, 0])
if variant == "boot":
    record = iso.index(b"BOOT.CAT;1") - 33
    iso[record + 18:record + 25] = stamp
at = 0x8000
while (at := iso.find(b"TF\x1a\x01\x0e", at)) >= 0:
    iso[at + 5:at + 26] = stamp * 3
    at += 26
if variant == "loop":
    # The root directory's own record gets a continuation that continues itself.
    area = len(iso)
    block = area // 2048
    entry = b"CE\x1c\x01" + struct.pack("<I", block) + struct.pack(">I", block) + bytes(8) + struct.pack("<I", 28) + struct.pack(">I", 28)
    root, = struct.unpack_from("<I", iso, 0x8000 + 158)
    record = root * 2048
    where = iso.index(b"CE\x1c\x01", record)
    iso[where:where + 28] = entry
    iso += entry + bytes(2048 - 28)
    blocks = len(iso) // 2048
    struct.pack_into("<I", iso, 0x8000 + 80, blocks)
    struct.pack_into(">I", iso, 0x8000 + 84, blocks)
open(path, "wb").write(iso)
PY
mv "$work/out.iso" "$out"
