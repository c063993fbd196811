#!/bin/sh
# The index of a parity set; volume: with recovery slices. usage: par2.sh OUT [volume]
set -eu
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
seq 1 2000 > numbers
par2 create -q -q -s512 -c4 -n1 set numbers > /dev/null
case ${2:-} in "") cp set.par2 "$out" ;; volume) cp set.vol*.par2 "$out" ;; esac
