#!/bin/sh
# A tar archive that tries to get out of the directory it is unpacked in, and to make unpacking fail. usage: hostile-tar.sh OUT [VICTIM]
# VICTIM: the directory outside that its links and names point to (default: /victim).
set -eu
python3 - "$1" "${2:-/victim}" <<'PYTHON'
import gzip, io, sys, tarfile

out, victim = sys.argv[1:3]
tar = tarfile.open(out, "w", format=tarfile.GNU_FORMAT)

def add(name, kind=tarfile.REGTYPE, data=b"hostile\n", link="", mode=0o644):
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode, member.mtime = kind, link, mode, 1700000000
    member.size = len(data) if kind == tarfile.REGTYPE else 0
    tar.addfile(member, io.BytesIO(data) if kind == tarfile.REGTYPE else None)

# Out by name, by a link that stands for a directory, by a link that stands for a file, by a hard link.
add("../up")
add("../../../../../../../../../.." + victim + "/by-dots")
add("in/../../out-of-the-middle")
add(victim + "/by-absolute-name")
add("absolute", tarfile.SYMTYPE, link=victim)
add("absolute/by-link")
add("absolute/deeper/by-link")
add("parent", tarfile.SYMTYPE, link="..")
add("parent/by-parent")
add("file-link", tarfile.SYMTYPE, link=victim + "/by-file-link")
add("file-link")
add("was-directory", tarfile.DIRTYPE, mode=0o755)
add("was-directory", tarfile.SYMTYPE, link=victim)
add("was-directory/by-exchange")
add("absolute", tarfile.DIRTYPE, mode=0o777)
add("hard", tarfile.LNKTYPE, link=victim + "/secret")

# What is no file, and rights that nobody asked for.
add("device", tarfile.CHRTYPE)
add("pipe", tarfile.FIFOTYPE)
add("set-id", mode=0o6755)
add("read-only", tarfile.DIRTYPE, mode=0o500)
add("read-only/file", data=b"in a directory that cannot be written\n", mode=0o400)
add("closed", tarfile.DIRTYPE, mode=0)
add("closed/file", data=b"in a directory that cannot be entered\n", mode=0)

# Names.
for i in range(1, 6):
    add("often", data=b"number %d\n" % i)
add("often.3", data=b"named so\n")
add("both", data=b"a file\n")
add("both/file", data=b"below a file\n")
add("long-" + "\u00e9" * 130 + "-end", data=b"long\n")
add("cut-" + "x" * 233 + "%" * 10 + "-end", data=b"cut inside of an escape\n")
add("/".join(["d"] * 300) + "/file", data=b"too deep\n")
add("c.gz", data=gzip.compress(b"inner\n", mtime=0))
add("c.gz.extracted/content", data=b"not the inner\n")
add("bytes\udcff\x01\n", data=b"bytes\n")
add("odd-link", tarfile.SYMTYPE, link="100%25 %\udcff\n\u202e")
tar.close()
PYTHON
