#!/bin/sh
# A squashfs 4.0 with every kind of inode and content. The same bytes on every machine.
# usage: squashfs.sh OUT [TREE] [mksquashfs option …]; TREE: of tree.sh, by default small
set -eu
# Owners must be the same whoever builds.
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
tree=small
case ${1-} in
'' | -*) ;;
*)
    tree=$1
    shift
    ;;
esac
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
sh "$(dirname "$0")/tree.sh" "$root/tree" "$tree"
xattr_option=-no-xattrs
[ "$tree" = xattrs ] && xattr_option=-xattrs
rm -f "$out"
mksquashfs "$root/tree" "$out" -noappend -no-progress -quiet -processors 1 -reproducible -mkfs-time 1700000000 -all-time 1600000000 \
    -root-mode 755 $xattr_option "$@" >/dev/null
