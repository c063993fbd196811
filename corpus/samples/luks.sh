#!/bin/sh
# An encrypted volume, by cryptsetup on a plain file. usage: luks.sh OUT [luks1|luks2]
set -eu
PATH=$PATH:/sbin:/usr/sbin
out=$1 kind=${2:-luks2}
rm -f "$out"
case $kind in
luks1) truncate -s 2500K "$out"; set -- --type luks1 ;;
luks2) truncate -s 700K "$out"; set -- --type luks2 --luks2-metadata-size 16k --luks2-keyslots-size 256k --offset 640 --label sample ;;
*) echo "luks.sh: no such kind: $kind" >&2; exit 2 ;;
esac
printf 'secret' | cryptsetup luksFormat -q "$@" --uuid 11111111-2222-3333-4444-555555555555 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$out" - 2> /dev/null
# What would be ciphertext: noise.
python3 - "$out" <<'PY'
import random, sys
with open(sys.argv[1], "r+b") as image:
    image.seek(-64 << 10, 2)
    image.write(random.Random("luks").randbytes(64 << 10))
PY
