#!/bin/sh
# A zlib stream of what words.sh writes. usage: zlib.sh OUT
set -eu
sh "$(dirname "$0")/words.sh" "$1.text"
python3 -c 'import sys, zlib; open(sys.argv[2], "wb").write(zlib.compress(open(sys.argv[1], "rb").read(), 9))' "$1.text" "$1"
rm -f "$1.text"
