#!/bin/sh
# An image with the suffix that dfu-suffix appends. usage: dfu.sh OUT
set -eu
python3 -c 'import sys; open(sys.argv[1], "wb").write((b"image for an upgrade\n" * 200)[:4000])' "$1.tmp"
dfu-suffix -v 0x1d50 -p 0x6089 -d 0x0100 -a "$1.tmp" > /dev/null
mv "$1.tmp" "$1"
