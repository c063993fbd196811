#!/bin/sh
# zstd of what words.sh writes. usage: zstd.sh OUT [frames | skippable]
#   frames     two frames with a skippable one between them, with checksums (the default)
#   skippable  one frame without checksum behind a skippable one
set -eu
here=$(dirname "$0") out=$1
sh "$here/words.sh" "$out.text"
case ${2:-frames} in
frames)
    head -c 8000 "$out.text" | zstd -q -19 --check >"$out"
    printf '\122\052\115\030\005\000\000\000notes' >>"$out"
    tail -c +8001 "$out.text" | zstd -q -3 --check >>"$out"
    ;;
skippable)
    printf '\120\052\115\030\004\000\000\000note' >"$out"
    zstd -q -3 --no-check <"$out.text" >>"$out"
    ;;
esac
rm -f "$out.text"
