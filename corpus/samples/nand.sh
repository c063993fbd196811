#!/bin/sh
# A raw dump of NAND flash: a JFFS2, squashfs or UBI image in pages, each followed by its spare area.
# usage: nand.sh OUT [PAGE SPARE CODE [CONTENT [WRONG]]]
#   CODE: hamming256 hamming512 (Linux), smartmedia256 (low line parities first), yaffs (512-byte pages, where YAFFS1 keeps it),
#         bchT (T bits of 512 bytes; of 1024 for 24 and 40), none (spare areas FF), vendor (bytes that mean nothing to us)
#   CONTENT: jffs2 (default), squashfs, ubi; WRONG: in every 16th page that many bits are wrong
set -eu
out=$1
page=${2:-512} spare=${3:-16} code=${4:-hamming256} content=${5:-jffs2} wrong=${6:-0}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $content in
jffs2) sh "$here/jffs2.sh" "$work/image" ;;
squashfs) sh "$here/squashfs.sh" "$work/image" ;;
ubi)
    sh "$here/jffs2.sh" "$work/volume"
    printf '[v]\nmode=ubi\nimage=%s\nvol_id=0\nvol_size=256KiB\nvol_type=dynamic\nvol_name=data\n' "$work/volume" > "$work/ini"
    ubinize -o "$work/image" -p "$((page * 64))" -m "$page" -Q 1 "$work/ini"
    ;;
*) echo "nand.sh: no content is called $content" >&2; exit 2 ;;
esac
python3 - "$work/image" "$out" "$page" "$spare" "$code" "$wrong" <<'PY'
import random, sys
source, out, page, spare, code, wrong = sys.argv[1:3] + [int(x) for x in sys.argv[3:5]] + [sys.argv[5], int(sys.argv[6])]
data = open(source, "rb").read()
block = page * (32 if page == 512 else 64)
data += b"\xFF" * (-len(data) % block + 2 * block)

PARITY = bytes(bin(x).count("1") & 1 for x in range(256))
def parity(x): return PARITY[x]
# 22 or 24 parities, inverted. Line parity 2i+1 is over the bytes whose index has bit i, line parity 2i over the others.
def hamming(piece, low_first):
    odd_bytes = [i for i, byte in enumerate(piece) if parity(byte)]
    columns = 0
    for byte in piece:
        columns ^= byte
    lines = sum((len([i for i in odd_bytes if not i >> n & 1]) & 1) << 2 * n | (len([i for i in odd_bytes if i >> n & 1]) & 1) << 2 * n + 1
                for n in range(9 if len(piece) == 512 else 8))
    column = sum(parity(columns & mask) << n for n, mask in enumerate((0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0)))
    low, high = ~lines & 0xFF, ~lines >> 8 & 0xFF
    return bytes([low, high] if low_first else [high, low]) + bytes([~(column << 2 | lines >> 16) & 0xFF])

class Bch:
    def __init__(self, m, t):
        primitive = {13: 0x201B, 14: 0x402B}[m]
        self.bits, self.bytes = m * t, (m * t + 7) // 8
        exp = [1]
        for _ in range((1 << m) - 2):
            x = exp[-1] << 1
            exp.append(x ^ primitive if x >> m else x)
        log = {x: i for i, x in enumerate(exp)}
        times = lambda a, b: exp[(log[a] + log[b]) % len(exp)] if a and b else 0
        roots, generator = set(), [1]
        for odd in range(1, 2 * t, 2):
            r = odd
            while r not in roots:
                roots.add(r)
                generator = [(generator[i - 1] if i else 0) ^ (times(generator[i], exp[r]) if i < len(generator) else 0) for i in range(len(generator) + 1)]
                r = 2 * r % len(exp)
        self.generator = sum(bit << i for i, bit in enumerate(generator))
        assert len(generator) == self.bits + 1
        self.shifted = [self.remainder_of_bits(byte << self.bits, 8) for byte in range(256)]
    def remainder_of_bits(self, value, extra):
        for i in reversed(range(extra)):
            if value >> self.bits + i & 1:
                value ^= self.generator << i
        return value
    def plain(self, piece):
        state = 0
        for byte in piece:
            top = state >> self.bits - 8 ^ byte
            state = (state << 8 & (1 << self.bits) - 1) ^ self.shifted[top]
        return (state << -self.bits % 8).to_bytes(self.bytes, "big")
    def __call__(self, piece):
        return bytes(a ^ b ^ 0xFF for a, b in zip(self.plain(piece), self.erased(len(piece))))
    def erased(self, size):
        self.kept = getattr(self, "kept", None) or self.plain(b"\xFF" * size)
        return self.kept

places = None
step, coder = {"hamming256": (256, lambda p: hamming(p, False)), "hamming512": (512, lambda p: hamming(p, False)),
               "smartmedia256": (256, lambda p: hamming(p, True)), "yaffs": (256, lambda p: hamming(p, False))}.get(code, (0, None))
if code.startswith("bch"):
    t = int(code[3:])
    step, coder = (1024, Bch(14, t)) if t in (24, 40) else (512, Bch(13, t))
if coder and page == 512 and step == 256:
    places = [8, 9, 10, 13, 14, 15] if code == "yaffs" else [0, 1, 2, 3, 6, 7]
noise = random.Random("nand")
with open(out, "wb") as dump:
    for at in range(0, len(data), page):
        piece, oob = bytearray(data[at:at + page]), bytearray(b"\xFF" * spare)
        erased = piece == b"\xFF" * page
        if code == "vendor" and not erased:
            oob[:] = noise.randbytes(spare)
        if coder and not erased:
            ecc = b"".join(coder(bytes(piece[i:i + step])) for i in range(0, page, step))
            for i, place in enumerate(places or range(spare - len(ecc), spare)):
                oob[place] = ecc[i]
        if at // page % 16 == 3 and not erased:
            for n in range(wrong):
                bit = (at // page * 37 + n * 1201) % (min(page, 512) * 8)
                piece[bit // 8] ^= 1 << bit % 8
        dump.write(piece + oob)
PY
