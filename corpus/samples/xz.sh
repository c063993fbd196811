#!/bin/sh
# xz of what words.sh writes. usage: xz.sh OUT [blocks | crc32 | none | arm]
#   blocks  two streams with padding between them, the first of several blocks with SHA-256, the second CRC64 (the default)
#   crc32, none, arm  one stream with that check, or with the BCJ filter that kernels use
set -eu
here=$(dirname "$0") out=$1
sh "$here/words.sh" "$out.text"
case ${2:-blocks} in
crc32) xz -T1 --check=crc32 <"$out.text" >"$out" ;;
none) xz -T1 --check=none <"$out.text" >"$out" ;;
arm) xz -T1 --check=crc32 --arm --lzma2=dict=32MiB <"$out.text" >"$out" ;;
blocks)
    head -c 8000 "$out.text" | xz -T1 --check=sha256 --block-size=3000 --lzma2=dict=64KiB >"$out"
    head -c 8 /dev/zero >>"$out"
    tail -c +8001 "$out.text" | xz -T1 --check=crc64 --lzma2=dict=64KiB >>"$out"
    ;;
esac
rm -f "$out.text"
