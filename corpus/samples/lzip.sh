#!/bin/sh
# lzip of what words.sh writes, in two members. usage: lzip.sh OUT
set -eu
sh "$(dirname "$0")/words.sh" "$1.text"
head -c 8000 "$1.text" | lzip -9 -s 64KiB >"$1"
tail -c +8001 "$1.text" | lzip -9 -s 64KiB >>"$1"
rm -f "$1.text"
