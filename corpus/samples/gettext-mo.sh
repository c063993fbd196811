#!/bin/sh
# Compiled translations, as msgfmt lays them out, without a hash table. usage: gettext-mo.sh OUT [little|big]
set -eu
python3 - "$1" "${2:-little}" <<'PY'
import struct, sys
order = "<" if sys.argv[2] == "little" else ">"
pairs = [(b"", b"Language: de\nContent-Type: text/plain; charset=UTF-8\n"), (b"open", b"offen"), (b"yes", b"ja")]
at = 28 + 16 * len(pairs)
tables, texts = [], b""
for column in (0, 1):
    for pair in pairs:
        tables.append(struct.pack(order + "II", len(pair[column]), at + len(texts)))
        texts += pair[column] + b"\0"
head = struct.pack(order + "7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
open(sys.argv[1], "wb").write(head + b"".join(tables) + texts)
PY
