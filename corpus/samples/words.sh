#!/bin/sh
# Words without sense, the same on every machine: the content of the samples of compressed streams.
# From 100,000 bytes on it repeats itself. usage: words.sh OUT [BYTES [SEED]]
set -eu
python3 - "$1" "${2:-12000}" "${3:-1}" <<'PY'
import sys
size, state, words = int(sys.argv[2]), int(sys.argv[3]), []
made = 0
while made < min(size, 100000):
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    pick = state >> 40
    word = "".join("bcdfgklmnprstvz"[(pick >> 3 * i) % 15] + "aeiou"[(pick >> 2 * i) % 5] for i in range(1 + pick % 4))
    words.append(word + ("\n" if pick % 13 == 0 else " "))
    made += len(words[-1])
text = "".join(words).encode()
open(sys.argv[1], "wb").write((text * (size // len(text) + 1))[:size])
PY
