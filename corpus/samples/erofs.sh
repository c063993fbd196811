#!/bin/sh
# An EROFS with every kind of inode and content. The same bytes on every machine.
# usage: erofs.sh OUT [TREE] [mkfs.erofs option …]
#   TREE: small (default), xattrs, names, deep, sparse, big, empty, one
#   built: without mkfs.erofs, what version 1.5 cannot make, see erofs-builder.py       devices: chunks on a second device
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
here=$(dirname "$0")
case ${1-} in
built) exec python3 "$here/erofs-builder.py" "$out" ;;
esac
tree=xattrs
case ${1-} in
'' | -*) ;;
*)
    tree=$1
    shift
    ;;
esac
[ $# -gt 0 ] || set -- -zlz4hc -Eztailpacking
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
[ "$tree" = devices ] || sh "$here/tree.sh" "$root/tree" "$tree"
# mkfs.erofs 1.5 cannot read a name of 255 bytes from a directory.
for long in "$root/tree/nnnnnnnnn"*; do
    [ -e "$long" ] || continue
    mv "$long" "${long%nnnnn}"
    touch -d @1600000000 "$root/tree"
done
rm -f "$out"
if [ "$tree" = devices ]; then
    sh "$here/tree.sh" "$root/tree" small
    tree=small
    set -- --chunksize=4096 "--blobdev=$root/blob"
fi
mkfs.erofs --quiet -x2 -T1600000000 -U00112233-4455-6677-8899-aabbccddeeff "$@" "$out" "$root/tree" >/dev/null
