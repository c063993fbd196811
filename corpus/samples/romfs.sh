#!/bin/sh
# A romfs made by genromfs. usage: romfs.sh OUT [TREE [genromfs option …]]          TREE: see tree.sh
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
tree=${2:-small}
[ $# -lt 2 ] && shift || shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
sh "$(dirname "$0")/tree.sh" "$root/tree" "$tree"
# Without -V the volume is called by the time. genromfs finds hard links by device and inode, in the order of the directories.
genromfs -f "$out" -d "$root/tree" -V sample "$@"
