#!/bin/sh
# The begin of a bundle, and a packed stream as a delta's part is. usage: flatpak.sh OUT
set -eu
{ printf 'flatpak\000\001\000\211\345'; head -c 300 /dev/zero; seq 1 2000 | xz -9; } > "$1"
