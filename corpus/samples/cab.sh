#!/bin/sh
# A small cabinet. usage: cab.sh OUT [mszip|stored|two-folders]
set -eu
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
variant=${2:-mszip}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/etc" "$work/tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$work/tree/etc/passwd"
i=0; while [ $i -lt 1500 ]; do echo "line $i of a text that packs well"; i=$((i + 1)); done > "$work/tree/bin/tool"
printf 'coffee\n' > "$work/tree/etc/caf$(printf '\303\251')"
find "$work/tree" -exec touch -d @1700000000 {} +
cd "$work/tree"
export TZ=UTC LC_ALL=C.UTF-8
case $variant in
mszip) gcab -c -z "$work/out.cab" bin/tool etc/passwd etc/caf* ;;
stored) gcab -c "$work/out.cab" bin/tool etc/passwd etc/caf* ;;
two-folders) # the second cabinet's folder, put behind the first one's by hand
    gcab -c -z "$work/a.cab" bin/tool
    gcab -c "$work/b.cab" etc/passwd
    python3 - "$work/a.cab" "$work/b.cab" "$work/out.cab" <<'PY'
import struct, sys
def parts(path):
    whole = open(path, "rb").read()
    at, = struct.unpack_from("<I", whole, 16)
    data, blocks, method = struct.unpack_from("<IHH", whole, 36)
    return whole[at:data], whole[data:], blocks, method
(fa, da, ba, ma), (fb, db, bb, mb) = parts(sys.argv[1]), parts(sys.argv[2])
fb = fb[:8] + struct.pack("<H", 1) + fb[10:]
files_at = 36 + 16
first = files_at + len(fa) + len(fb)
head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, first + len(da) + len(db), 0, files_at, 0, 3, 1, 2, 2, 0, 0, 0)
folders = struct.pack("<IHHIHH", first, ba, ma, first + len(da), bb, mb)
open(sys.argv[3], "wb").write(head + folders + fa + fb + da + db)
PY
    ;;
*) echo "cab.sh: no variant $variant" >&2; exit 1 ;;
esac
mv "$work/out.cab" "$out"
