#!/bin/sh
# The hash tree of a volume of 1.5 MiB, by veritysetup. The root hash stands in OUT.root. usage: dm-verity.sh OUT [veritysetup option …]
set -eu
PATH=$PATH:/sbin:/usr/sbin
out=$1
shift
data=$(mktemp)
trap 'rm -f "$data"' EXIT
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random("verity").randbytes(1536 << 10))' > "$data"
rm -f "$out"
veritysetup format --uuid 11111111-2222-3333-4444-555555555555 --salt 00112233445566778899aabbccddeeff --hash-block-size 1024 --data-block-size 1024 "$@" "$data" "$out" |
    sed -n 's/^Root hash:[[:space:]]*//p' > "$out.root"
