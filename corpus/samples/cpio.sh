#!/bin/sh
# An initramfs: two cpio archives with zeros between them, and what an archive can hold. Written by hand where it must be the same
# on every machine (inode numbers, devices). usage: cpio.sh OUT [newc | crc | odc | bin]
#   newc … bin  that layout by GNU cpio, one archive with files, a directory, a symbolic link and hard links ("bin": of this machine's order)
#   (default)   two newc archives: devices, hard links whose data comes with the last name, a socket's and a pipe's entry
set -eu
umask 022
here=$(dirname "$0") out=$1
case ${2:-} in
'')
    python3 - "$out" <<'PY'
import sys
def member(name, mode, data=b"", ino=1, nlink=1, rdev=(0, 0), owner=(0, 0)):
    raw = name.encode() + b"\0"
    fields = [ino, mode, owner[0], owner[1], nlink, 1234567890, len(data), 8, 1, rdev[0], rdev[1], len(raw), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)
def archive(*members):
    whole = b"".join(members) + member("TRAILER!!!", 0)
    return whole + b"\0" * (-len(whole) % 512)
microcode = archive(member("kernel", 0o40755), member("kernel/x86", 0o40755), member("kernel/x86/microcode.bin", 0o100644, bytes(range(256)) * 3))
root = archive(
    member(".", 0o40755, ino=2), member("dev", 0o40755, ino=3), member("dev/console", 0o20600, ino=4, rdev=(5, 1)),
    member("dev/ram0", 0o60660, ino=5, rdev=(1, 0), owner=(0, 6)), member("dev/log", 0o140666, ino=6), member("dev/initctl", 0o10600, ino=7),
    member("bin", 0o40755, ino=8), member("bin/sh", 0o100755, ino=9, nlink=3), member("bin/ash", 0o100755, ino=9, nlink=3),
    member("init", 0o100755, b"#!/bin/sh\nexec /bin/ash\n", ino=10), member("bin/busybox", 0o104755, b"one program, many names\n" * 40, ino=9, nlink=3),
    member("linuxrc", 0o120777, b"bin/busybox", ino=11), member("empty", 0o100600, ino=12, owner=(1000, 100)),
)
open(sys.argv[1], "wb").write(microcode + root)
PY
    exit ;;
esac
tree=$out.tree
rm -rf "$tree"
mkdir -p "$tree/etc/deep"
sh "$here/words.sh" "$tree/etc/deep/notes" 5001
printf 'x' >"$tree/etc/one"
: >"$tree/etc/none"
ln -s ../one "$tree/etc/deep/link"
ln "$tree/etc/one" "$tree/etc/uno"
ln "$tree/etc/one" "$tree/etc/alpha"
chmod 711 "$tree/etc/deep/notes"
find "$tree" -exec touch -h -d @1234567890 {} +
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -R 10:20 -o -H "$2") >"$out"
[ "${3:-}" = keep ] || rm -r "$tree"
