#!/bin/sh
# A Mach-O program with a code signature, or a universal file of two, built from the published layout. usage: macho.sh OUT [arm64|ppc|fat]
set -eu
python3 - "$1" "${2:-arm64}" <<'PY'
import hashlib, struct, sys
PLIST = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>com.apple.security.get-task-allow</key><true/></dict></plist>\n'
def sign(code):
    identifier, team = b"com.acme.manager\0", b"ACME123456\0"
    pages = [code[at:at + 4096] for at in range(0, len(code), 4096)]
    head = 52
    hashes = head + len(identifier) + len(team)
    length = hashes + 32 * len(pages)
    directory = struct.pack(">IIIIIIIIIBBBBIII", 0xFADE0C02, length, 0x20200, 0, hashes, head, 0, len(pages), len(code), 32, 2, 0, 12, 0, 0, head + len(identifier))
    directory += identifier + team + b"".join(hashlib.sha256(p).digest() for p in pages)
    entitlements = struct.pack(">II", 0xFADE7171, 8 + len(PLIST)) + PLIST
    blobs, at, index = [(0, directory), (5, entitlements)], 12 + 16, b""
    for kind, blob in blobs:
        index += struct.pack(">II", kind, at)
        at += len(blob)
    return struct.pack(">III", 0xFADE0CC0, at, len(blobs)) + index + directory + entitlements
def program(cpu, signed):
    big = not signed
    o = ">" if big else "<"
    code = 0x5000 if signed else 0x2000
    def segment(name, at, size):
        if signed:
            return struct.pack(o + "II16sQQQQIIII", 0x19, 72, name, 0x100000000 + at, size, at, size, 5, 5, 0, 0)
        return struct.pack(o + "II16sIIIIIIII", 1, 56, name, at, size, at, size, 5, 5, 0, 0)
    def commands(signature):
        c = [segment(b"__TEXT", 0, 0x4000 if signed else 0x1000), segment(b"__LINKEDIT", 0x4000 if signed else 0x1000, 0x1000 + signature),
             struct.pack(o + "II16s", 0x1B, 24, bytes(range(16)))]
        if signed:
            c += [struct.pack(o + "IIIIII", 0x32, 24, 1, 0x000C0000, 0x000D0300, 0), struct.pack(o + "IIII", 0x1D, 16, code, signature)]
        else:
            c += [struct.pack(o + "IIII", 0x24, 16, 0x000A0400, 0x000A0500)]
        return c
    def build(signature):
        c = commands(signature)
        head = struct.pack(o + "IIIIIII", 0xFEEDFACF if signed else 0xFEEDFACE, cpu, 0, 2, len(c), sum(map(len, c)), 0x85) + (b"\0" * 4 if signed else b"")
        image = bytearray(code)
        image[:len(head)] = head
        image[len(head):len(head) + len(b"".join(c))] = b"".join(c)
        for at in range(0x800, code, 16):
            struct.pack_into(o + "IIII", image, at, at, 0xD65F03C0, at * 7, 0x1F)
        return bytes(image)
    if not signed:
        return build(0)
    size = len(sign(build(0)))
    image = build(size)
    return image + sign(image)
kind = sys.argv[2]
if kind == "arm64":
    out = program(0x0100000C, True)
elif kind == "ppc":
    out = program(18, False)
else:
    first, second = program(0x01000007, True), program(0x0100000C, True)
    at = 0x4000
    second_at = -(-(at + len(first)) // 0x4000) * 0x4000
    out = struct.pack(">II", 0xCAFEBABE, 2) + struct.pack(">IIIII", 0x01000007, 3, at, len(first), 14)
    out += struct.pack(">IIIII", 0x0100000C, 0, second_at, len(second), 14)
    out = out.ljust(at, b"\0") + first
    out = out.ljust(second_at, b"\0") + second
open(sys.argv[1], "wb").write(out)
PY
