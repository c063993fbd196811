#!/bin/sh
# A database of two packages that rpmbuild made. usage: rpmdb.sh OUT sqlite|ndb|bdb
# sqlite: written by rpm itself. Debian's rpm writes neither of the others: bdb is filled by Berkeley DB's own loader, ndb is laid out here as
# rpm's lib/backend/ndb/rpmpkg.c does.
set -eu
out=$1 kind=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make() { # NAME VERSION EXTRA
    printf 'Name: %s\nVersion: %s\nRelease: 4\n%bSummary: s\nLicense: GPLv2+ and MIT\nVendor: Fedora Project\nBuildArch: noarch\n%%description\nd\n%%install\n' "$1" "$2" "$3" > "$work/$1.spec"
    printf 'mkdir -p %%{buildroot}/usr/bin\necho hi > %%{buildroot}/usr/bin/%s\n%%files\n/usr/bin/%s\n' "$1" "$1" >> "$work/$1.spec"
    rpmbuild -bb --quiet --define "_topdir $work/top" "$work/$1.spec" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}
make otherlib 2.5 ''
make sampletool 1.2.3 'Epoch: 1\nRequires: otherlib >= 2\n'
packages="$work/top/RPMS/noarch/otherlib-2.5-4.noarch.rpm $work/top/RPMS/noarch/sampletool-1.2.3-4.noarch.rpm"
if [ "$kind" = sqlite ]; then
    mkdir "$work/db"
    for package in $packages; do
        rpm --dbpath "$work/db" --define '_db_backend sqlite' --justdb --nodeps --force-debian -i "$package" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    done
    cp "$work/db/rpmdb.sqlite" "$out"
    exit 0
fi
# shellcheck disable=SC2086
python3 - "$kind" "$work" $packages <<'END'
import struct, sys
kind, work, headers = sys.argv[1], sys.argv[2], []
for name in sys.argv[3:]:
    b = open(name, "rb").read()
    entries, size = struct.unpack(">II", b[104:112])
    at = (112 + entries * 16 + size + 7) // 8 * 8 + 8
    entries, size = struct.unpack(">II", b[at:at + 8])
    headers.append(b[at:at + 8 + entries * 16 + size])
if kind == "bdb":
    lines = []
    for i, header in enumerate(headers):
        lines += ["".join(r"\%02x" % c for c in struct.pack("<I", i + 1)), "".join(r"\%02x" % c for c in header)]
    open(work + "/dump", "w").write("VERSION=3\nformat=print\ntype=hash\ndb_pagesize=4096\nHEADER=END\n" + "".join(" " + l + "\n" for l in lines) + "DATA=END\n")
else:
    slots, blobs = struct.pack("<IIIIIIII", 0x506D7052, 0, 1, 1, 3, 0, 0, 0), b""
    for i, header in enumerate(headers):
        blob = struct.pack("<IIII", 0x53626C42, i + 1, 1, len(header)) + header
        blob += bytes(-(len(blob) + 12) % 16) + struct.pack("<III", 0, len(header), 0x45626C42)
        slots += struct.pack("<IIII", 0x746F6C53, i + 1, (4096 + len(blobs)) // 16, len(blob) // 16)
        blobs += blob
    while len(slots) < 4096:
        slots += struct.pack("<IIII", 0x746F6C53, 0, 0, 0)
    open(work + "/db", "wb").write(slots + blobs)
END
[ "$kind" = ndb ] || db5.3_load -f "$work/dump" "$work/db"
cp "$work/db" "$out"
