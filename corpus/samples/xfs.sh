#!/bin/sh
# An XFS of 16 MB, the least that mkfs.xfs makes; the rich one has four allocation groups of that size. The UUID is always the same, times of inodes are those of the making.
# usage: xfs.sh OUT [KIND] [size=BYTES] [mkfs.xfs option …]
#   proto (default)  filled by mkfs.xfs from a prototype of the small tree: needs no mount; without hard links, sockets, xattrs
#   many             the same with directories of all forms, long links, and xattrs that xfs_db sets: needs no mount either
#   KIND of tree.sh  copied into the file system mounted by the kernel: needs root
#   rich             xattrs and what else the kernel can make: shared, unwritten and scattered extents, directories of every form
#   deleted          some files written and deleted again
#   open             a file deleted while it is open, copied without unmounting: a dirty log
set -eu
export LC_ALL=C TEST_DIR=1 TEST_DEV=1 QA_CHECK_FS=1 # with these, mkfs.xfs makes file systems below 300 MB
samples=$(dirname "$0")
out=$1
shift
kind=proto
case ${1-} in
'' | -*) ;;
*)
    kind=$1
    shift
    ;;
esac
size=16M
[ "$kind" != rich ] || size=64M
case ${1-} in
size=*)
    size=${1#size=}
    shift
    ;;
esac
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
umask 022
rm -f "$out"

make() { # [OPTION …]: the options given to this script come after
    truncate -s "$size" "$out"
    mkfs.xfs -q -m uuid=5ca1ab1e-0000-4000-8000-00000000f5f5 "$@" "$out"
}
open_it() {
    mkdir -p "$work/mnt"
    mount -t xfs -o loop "$out" "$work/mnt"
    mounted=$work/mnt
}
close_it() {
    umount "$mounted"
    mounted=
}

prototype() { # DIRECTORY
    python3 - "$1" <<'PY'
import os, stat, sys
def mode(s, kind):
    return kind + ("u" if s.st_mode & 0o4000 else "-") + ("g" if s.st_mode & 0o2000 else "-") + "%03o %d %d" % (s.st_mode & 0o777, s.st_uid, s.st_gid)
def directory(path, indent):
    for name in sorted(os.listdir(path)):
        full, s = os.path.join(path, name), os.lstat(os.path.join(path, name))
        start = "  " * indent + name + " "
        if stat.S_ISDIR(s.st_mode):
            print(start + mode(s, "d"))
            directory(full, indent + 1)
            print("  " * indent + "$")
        elif stat.S_ISLNK(s.st_mode):
            print(start + mode(s, "l"), os.readlink(full))
        elif stat.S_ISREG(s.st_mode):
            print(start + mode(s, "-"), full)
        elif stat.S_ISFIFO(s.st_mode):
            print(start + mode(s, "p"))
        elif not stat.S_ISSOCK(s.st_mode):
            print(start + mode(s, "c" if stat.S_ISCHR(s.st_mode) else "b"), os.major(s.st_rdev), os.minor(s.st_rdev))
print("nothing\n0 0\nd--755 0 0")
directory(sys.argv[1], 1)
print("$\n$")
PY
}

many() { # DIRECTORY
    python3 - "$1" <<'PY'
import os, sys
for name, count in (("some", 40), ("many", 200), ("very-many", 1200)):
    os.mkdir(sys.argv[1] + "/" + name)
    for i in range(count):
        os.mknod(sys.argv[1] + "/%s/an-entry-with-a-long-name-so-that-blocks-fill-up-%d" % (name, i))
# As long as an inode of 512 bytes can hold: longer ones mkfs.xfs 6.1 writes without their header in version 5.
os.symlink("x" * 330, sys.argv[1] + "/long-link")
PY
}
attributes() {
    {
        printf 'path /etc/passwd\nattr_set -u short -v 9\nattr_set -r hidden -v 3\npath /bin/tool\nattr_set -s label -v 20\n'
        i=0
        while [ "$i" -lt 40 ]; do
            echo "attr_set -u value-$i -v 200"
            i=$((i + 1))
        done
        echo 'attr_set -u large -v 9000'
        echo 'attr_set -u larger -v 50000'
    } > "$work/commands"
    xfs_db -x "$out" < "$work/commands" > "$work/log" 2>&1
}
rich() { # MOUNT
    sh "$samples/tree.sh" "$work/tree" xattrs
    cp -a "$work/tree/." "$1/"
    # Extents: unwritten, beyond the end, shared, so many that the inode has no room for them.
    fallocate -l 100000 "$1/unwritten"
    printf 'in the middle' | dd of="$1/unwritten" bs=1 seek=50000 conv=notrunc status=none
    cp "$1/bin/tool" "$1/beyond"
    fallocate -n -o 20000 -l 100000 "$1/beyond"
    cp --reflink=auto "$1/bin/busybox" "$1/shared"
    printf 'changed' | dd of="$1/shared" bs=1 seek=5000 conv=notrunc status=none
    python3 - "$1" <<'PY'
import os, random, sys
r, root = random.Random("xfs"), sys.argv[1]
with open(root + "/scattered", "wb") as f:
    for i in range(120):
        f.seek(i * 16384)
        f.write(r.randbytes(700))
with open(root + "/noise", "wb") as f:
    f.write(r.randbytes(700000))
for name, count in (("some", 30), ("many", 300), ("very-many", 1500)):
    os.mkdir(root + "/" + name)
    for i in range(count):
        os.mknod(root + "/%s/an-entry-with-a-long-name-so-that-blocks-fill-up-%d" % (name, i)) if i < 40 else \
            os.link(root + "/%s/an-entry-with-a-long-name-so-that-blocks-fill-up-%d" % (name, i % 40), root + "/%s/an-entry-with-a-long-name-so-that-blocks-fill-up-%d" % (name, i))
os.mkdir(root + "/thinned")
for i in range(400):
    os.mknod(root + "/thinned/entry-of-which-most-go-again-%d" % i)
for i in range(400):
    if i % 7:
        os.unlink(root + "/thinned/entry-of-which-most-go-again-%d" % i)
os.symlink("x" * 1000, root + "/long-link")
os.symlink("y" * 300, root + "/link")
with open(root + "/attributes", "wb") as f:
    f.write(b"attributes\n")
os.setxattr(root + "/attributes", "user.large", r.randbytes(9000))
os.setxattr(root + "/attributes", "user.larger", r.randbytes(50000))
os.setxattr(root + "/attributes", "trusted.hidden", b"only root")
os.setxattr(root + "/attributes", "security.label", b"label")
for i in range(45):
    os.setxattr(root + "/attributes", "user.%d" % i, r.randbytes(200))
# The access list that setfacl -m u:1000:rw makes.
os.setxattr(root + "/etc/passwd", "system.posix_acl_access", bytes.fromhex("0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff"))
PY
}

case $kind in
proto)
    sh "$samples/tree.sh" "$work/tree" small
    prototype "$work/tree" > "$work/prototype"
    make "$@" -p "$work/prototype"
    ;;
many)
    sh "$samples/tree.sh" "$work/tree" small
    many "$work/tree"
    prototype "$work/tree" > "$work/prototype"
    make "$@" -p "$work/prototype"
    attributes
    ;;
rich)
    make -d agcount=4 "$@"
    open_it
    rich "$work/mnt"
    close_it
    ;;
deleted)
    make "$@"
    open_it
    sh "$samples/tree.sh" "$work/tree" plain
    cp -a "$work/tree/." "$work/mnt/"
    python3 -c 'import random, sys; open(sys.argv[1], "wb").write(random.Random("deleted").randbytes(50000))' "$work/mnt/secret"
    close_it # the inode must have been written once
    open_it
    rm "$work/mnt/secret"
    close_it
    ;;
open)
    make "$@"
    open_it
    sh "$samples/tree.sh" "$work/tree" plain
    cp -a "$work/tree/." "$work/mnt/"
    sync -f "$work/mnt"
    exec 9< "$work/mnt/bin/tool"
    rm "$work/mnt/bin/tool"
    fsfreeze -f "$work/mnt"
    cp "$out" "$work/copy"
    fsfreeze -u "$work/mnt"
    exec 9<&-
    close_it
    mv "$work/copy" "$out"
    ;;
*)
    sh "$samples/tree.sh" "$work/tree" "$kind"
    make "$@"
    open_it
    cp -a "$work/tree/." "$work/mnt/"
    close_it
    ;;
esac
