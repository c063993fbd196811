#!/bin/sh
# A compiled terminfo entry, made by tic. usage: terminfo.sh OUT [extended]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'sample|a sample terminal,\n\tam, cols#80, lines#24, bel=^G, cr=\\r, clear=\\E[H\\E[J, cup=\\E[%%i%%p1%%d;%%p2%%dH,\n' > "$work/source"
[ "${2:-}" != extended ] || printf '\tAX, XT, U8#1, Se=\\E[2 q,\n' >> "$work/source"
tic -x -o "$work/out" "$work/source"
cp "$work"/out/*/sample "$1"
