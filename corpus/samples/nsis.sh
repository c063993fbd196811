#!/bin/sh
# What an NSIS installer carries behind its program, or the whole program. usage: nsis.sh OUT [lzma|lzma-solid|zlib|zlib-solid|bzip2|ansi|amd64] [exe]
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000
out=$1
kind=${2:-lzma-solid}
what=${3:-data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seq 1 1500 | sed 's/$/ manager: the quick brown fox/' > "$work/manager.exe"
cp "$work/manager.exe" "$work/copy.exe"
echo 'port = 161' > "$work/manager.ini"
: > "$work/empty.txt"
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random("nsis").randbytes(5000))' > "$work/noise.bin"
touch -d @1700000000 "$work"/*
{
    case $kind in
    ansi) echo 'Unicode false' ;;
    amd64) printf 'Unicode true\nTarget amd64-unicode\n' ;;
    *) echo 'Unicode true' ;;
    esac
    case $kind in
    lzma-solid | ansi | amd64) echo 'SetCompressor /SOLID lzma' ;;
    zlib-solid) echo 'SetCompressor /SOLID zlib' ;;
    *) echo "SetCompressor $kind" ;;
    esac
    cat <<'NSI'
Name "Manager"
OutFile "out.exe"
InstallDir "$PROGRAMFILES\Manager"
Section
SetOutPath $INSTDIR
File manager.exe
File noise.bin
SetOutPath $INSTDIR\etc
File manager.ini
File empty.txt
SetOutPath $INSTDIR\bin
File copy.exe
SectionEnd
NSI
} > "$work/x.nsi"
cd "$work"
makensis -V1 x.nsi
[ "$what" = exe ] && { cp out.exe "$out"; exit 0; }
python3 - out.exe "$out" <<'PY'
import sys
d = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(d[d.index(b"\xef\xbe\xad\xdeNullsoftInst") - 4:])
PY
