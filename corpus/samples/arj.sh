#!/bin/sh
# An archive with stored members; packed, garbled: so. usage: arj.sh OUT [packed|garbled]
set -eu
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir tree
printf 'a file of the sample\n' > tree/file
seq 1 500 > tree/numbers
touch -d @1700000000 tree/file tree/numbers tree
case ${2:-} in "") options=-m0 ;; packed) options=-m1 ;; garbled) options="-m0 -gsample" ;; esac
# shellcheck disable=SC2086
arj a -i -y -r $options archive.arj tree > /dev/null
cp archive.arj "$out"
