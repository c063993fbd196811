#!/bin/sh
# bzip2 of what words.sh writes, in two streams. usage: bzip2.sh OUT
set -eu
sh "$(dirname "$0")/words.sh" "$1.text"
head -c 8000 "$1.text" | bzip2 -1 >"$1"
tail -c +8001 "$1.text" | bzip2 -1 >>"$1"
rm -f "$1.text"
