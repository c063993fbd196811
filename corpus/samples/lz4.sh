#!/bin/sh
# LZ4 frames of what words.sh writes. usage: lz4.sh OUT [frames | plain]
#   frames  two frames with a skippable one between them; block and content checksums, size in the first (the default)
set -eu
here=$(dirname "$0") out=$1
sh "$here/words.sh" "$out.text"
case ${2:-frames} in
plain) lz4 -q -9 --no-frame-crc <"$out.text" >"$out" ;;
frames)
    head -c 8000 "$out.text" >"$out.part"
    lz4 -q -9 -B4 -BD -BX --content-size "$out.part" "$out.lz4"
    cat "$out.lz4" >"$out"
    printf '\122\052\115\030\005\000\000\000notes' >>"$out"
    tail -c +8001 "$out.text" | lz4 -q -1 -B4 -BI >>"$out"
    rm -f "$out.part" "$out.lz4"
    ;;
esac
rm -f "$out.text"
