#!/bin/sh
# A .Z. usage: compress.sh OUT [BITS|long|random]
set -eu
out=$1 variant=${2:-16}
python3 - "$variant" > "$out.plain" <<'PY'
import sys, random
r = random.Random(7)
words = [bytes(r.randrange(97, 123) for _ in range(r.randrange(2, 9))) for _ in range(400)]
n = {"long": 60000}.get(sys.argv[1], 6000)
text = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaa" + b" ".join(r.choice(words) for _ in range(n))
if sys.argv[1] in ("long", "random"):  # the table is emptied when it serves no longer
    text += r.randbytes(300000 if sys.argv[1] == "long" else 6000)
sys.stdout.buffer.write(text)
PY
case $variant in long|random) bits=16 ;; *) bits=$variant ;; esac
compress -f -b "$bits" -c < "$out.plain" > "$out"
rm -f "$out.plain"
