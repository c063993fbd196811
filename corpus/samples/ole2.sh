#!/bin/sh
# A compound file: a Windows Installer package by wixl (msi), or storages in storages by a builder from [MS-CFB]. usage: ole2.sh OUT [msi|storages|v4]
set -eu
export LC_ALL=C
out=$1
kind=${2:-msi}
if [ "$kind" = msi ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cat > "$work/tiny.wxs" <<'WXS'
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Name="Switch Manager" Id="ABCDDCBA-86C7-4D14-AEC0-86416A69ABDE" UpgradeCode="ABCDDCBA-7349-453F-94F6-BCB5110BA4FD" Language="1033"
           Codepage="1252" Version="4.2.1" Manufacturer="ACME">
    <Package Id="12345678-86C7-4D14-AEC0-86416A69ABDE" Keywords="Installer" Description="Switch Manager of ACME" Comments="for tests" Manufacturer="ACME"
             InstallerVersion="100" Languages="1033" Compressed="yes" SummaryCodepage="1252"/>
    <Media Id="1" Cabinet="data.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder" Name="PFiles"><Directory Id="INSTALLDIR" Name="Manager">
      <Component Id="Main" Guid="ABCDDCBA-83F1-4F22-985B-FDB3C8ABD471"><File Id="Manual" Name="manual.txt" DiskId="1" Source="manual.txt" KeyPath="yes"/>
      </Component>
    </Directory></Directory></Directory>
    <Feature Id="Complete" Level="1"><ComponentRef Id="Main"/></Feature>
  </Product>
</Wix>
WXS
    seq 1 2000 > "$work/manual.txt"
    cd "$work"
    wixl -o tiny.msi tiny.wxs
    cp tiny.msi "$out"
    exit 0
fi
python3 - "$out" "$kind" <<'PY'
import random, struct, sys
version = 4 if sys.argv[2] == "v4" else 3
size = 4096 if version == 4 else 512
END, FREE, FAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
r = random.Random("ole2")
# (name, type, children or content)
tree = [("WordDocument", b"document text. " * 700), ("Empty", b""), ("small", b"a small stream"), ("noise", r.randbytes(20000)),
        ("Macros", [("VBA", [("dir", b"module " * 300), ("Module1", b"Sub Main\r\nEnd Sub\r\n" * 20)]), ("PROJECT", b"ID=1\r\n" * 40)]),
        ("caf\u00e9", b"accent"), ("cutoff", b"x" * 4096), ("below", b"y" * 4095)]
entries, sectors, fat, mini, minifat = [], [], [], bytearray(), []
def put(data):
    if not data:
        return END
    first = len(sectors)
    for at in range(0, len(data), size):
        sectors.append(data[at:at + size].ljust(size, b"\0"))
        fat.append(len(sectors))
    fat[-1] = END
    return first
def put_mini(data):
    if not data:
        return END
    first = len(minifat)
    for at in range(0, len(data), 64):
        mini.extend(data[at:at + 64].ljust(64, b"\0"))
        minifat.append(len(minifat) + 1)
    minifat[-1] = END
    return first
def add(name, content):
    index = len(entries)
    entries.append(None)
    child, start, length, kind = NONE, 0, 0, 1
    if isinstance(content, list):
        child = siblings([add(*item) for item in content])
    else:
        kind, length = 2, len(content)
        start = put_mini(content) if length < 4096 else put(content)
    entries[index] = [name, kind, NONE, NONE, child, start, length]
    return index
def siblings(indices): # a balanced tree, in the order in which names are compared
    order = sorted(indices, key=lambda i: (len(entries[i][0]), entries[i][0].upper()))
    def build(part):
        if not part:
            return NONE
        middle = len(part) // 2
        entries[part[middle]][2], entries[part[middle]][3] = build(part[:middle]), build(part[middle + 1:])
        return part[middle]
    return build(order)
add("Root Entry", tree)
entries[0][1] = 5
entries[0][5], entries[0][6] = put(bytes(mini)), len(mini)
raw = b""
for name, kind, left, right, child, start, length in entries:
    units = name.encode("utf-16-le") + b"\0\0"
    time = 0 if kind == 2 else (1700000000 + 11644473600) * 10000000
    raw += struct.pack("<64sHBBIII16sIQQIQ", units, len(units), kind, 1, left, right, child, b"", 0, 0, time, start, length)
while len(raw) % size:
    raw += struct.pack("<64sHBBIII16sIQQIQ", b"", 0, 0, 0, NONE, NONE, NONE, b"", 0, 0, 0, 0, 0)
directory = put(raw)
mini_at = put(b"".join(struct.pack("<I", x) for x in minifat).ljust(-(-len(minifat) * 4 // size) * size, b"\xFF"))
count = 1
while (len(sectors) + count) * 4 > count * size:
    count += 1
places = list(range(len(sectors), len(sectors) + count))
fat += [FAT] * count
table = b"".join(struct.pack("<I", x) for x in fat).ljust(count * size, b"\xFF")
header = struct.pack("<8s16sHHHHH6xIIIIIIIII", bytes.fromhex("D0CF11E0A1B11AE1"), b"", 0x3E, version, 0xFFFE, 12 if version == 4 else 9, 6,
                     len(raw) // size if version == 4 else 0, count, directory, 0, 4096, mini_at, -(-len(minifat) * 4 // size), END, 0)
header += b"".join(struct.pack("<I", places[i] if i < count else FREE) for i in range(109))
open(sys.argv[1], "wb").write(header.ljust(size, b"\0") + b"".join(sectors) + table)
PY
