#!/bin/sh
# The evidence file of a small disk, by ewfacquirestream; the disk itself is kept in OUT.raw. usage: ewf.sh OUT [VARIANT]
#   encase6, encase5, ftk, none (not deflated), split (segments one behind the other)
set -eu
out=$1 variant=${2:-encase6}
disk=$out.raw work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
size=384
[ "$variant" != split ] || size=1536 # a segment is at least 1 MiB long
sh "$(dirname "$0")/disk.sh" "$disk" $size
acquire() { ewfacquirestream -q -C case-7 -D 'a sample' -E evidence-3 -e 'an examiner' -N 'no notes' -m fixed -M physical "$@" -t "$work/image" < "$disk" > /dev/null 2>&1; }
case $variant in
encase6) acquire -f encase6 -c deflate:best ;;
encase5) acquire -f encase5 -c deflate:fast ;;
ftk) acquire -f ftk -c deflate:best ;;
none) acquire -f encase6 -c deflate:none ;;
split) acquire -f encase6 -c deflate:none -S 1M ;;
*) echo "ewf.sh: no such variant: $variant" >&2; exit 2 ;;
esac
cat "$work"/image.E[0-9][0-9] > "$out"
