#!/bin/sh
# lzop of what words.sh writes. usage: lzop.sh OUT [crc32]   (crc32: that checksum instead of Adler-32)
set -eu
umask 022
directory=$1.directory
mkdir -p "$directory"
sh "$(dirname "$0")/words.sh" "$directory/notes.txt"
chmod 640 "$directory/notes.txt"
touch -d @1234567890 "$directory/notes.txt"
lzop -q ${2:+--$2} -9 -o "$1" "$directory/notes.txt"
touch "$1"
chmod 644 "$1"
rm -r "$directory"
