#!/bin/sh
# ar archives. usage: ar.sh OUT [deb | gnu | bsd | thin]
#   deb   a Debian package of this shape (the default)      gnu, bsd   long names in either style
#   thin  a thin archive
set -eu
umask 022
here=$(dirname "$0") out=$1 directory=$1.directory
rm -rf "$directory"
mkdir -p "$directory"
sh "$here/words.sh" "$directory/short.txt" 1001
sh "$here/words.sh" "$directory/a-name-longer-than-sixteen-characters.txt" 2000 2
case ${2:-deb} in
deb)
    printf '2.0\n' >"$directory/debian-binary"
    (cd "$directory" && gzip -9n <short.txt >control.tar.gz && xz -T1 --check=crc32 <a-name-longer-than-sixteen-characters.txt >data.tar.xz &&
        ar rcD archive.deb debian-binary control.tar.gz data.tar.xz)
    python3 - "$directory/archive.deb" "$out" <<'PY'
import sys
# dpkg-deb writes names without the slash that ar puts behind them.
whole = bytearray(open(sys.argv[1], "rb").read())
for name in (b"debian-binary", b"control.tar.gz", b"data.tar.xz"):
    at = whole.find(name + b"/")
    whole[at:at + len(name) + 1] = name + b" "
open(sys.argv[2], "wb").write(whole)
PY
    ;;
gnu) (cd "$directory" && ar rcD archive short.txt a-name-longer-than-sixteen-characters.txt) && cp "$directory/archive" "$out" ;;
thin) (cd "$directory" && ar rcDT archive short.txt a-name-longer-than-sixteen-characters.txt) && cp "$directory/archive" "$out" ;;
bsd)
    find "$directory" -exec touch -d @1234567890 {} +
    (cd "$directory" && bsdtar --format arbsd --uid 10 --gid 20 -cf archive short.txt a-name-longer-than-sixteen-characters.txt) && cp "$directory/archive" "$out"
    ;;
esac
rm -r "$directory"
