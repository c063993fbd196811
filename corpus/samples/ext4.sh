#!/bin/sh
# An ext2, ext3 or ext4 file system made by mke2fs from a tree. The same bytes on every machine.
# usage: ext4.sh OUT [TREE [SIZE [mke2fs option …]]]                   TREE: see tree.sh; SIZE as mke2fs takes it
#        ext4.sh OUT KIND     dirty      committed transactions in the journal that were not written back; "dirty-v1", "dirty-v2", "dirty-64": other journals
#                             deleted    an ext2 with removed files, their blocks free or given to others
#                             orphan     a file in use that no directory names, and a directory
#                             encrypted  a file, a directory and a link marked as encrypted
set -eu
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
export E2FSPROGS_FAKE_TIME=1600000000 PATH="$PATH:/sbin:/usr/sbin"
out=$1
kind=${2:-small}
here=$(dirname "$0")
root=$(mktemp -d)
trap 'rm -rf "$root" "$root".*' EXIT
# The machine's own defaults would make another file system.
export MKE2FS_CONFIG="$root.conf"
cat > "$root.conf" <<'CONF'
[defaults]
    base_features = sparse_super,filetype,resize_inode,dir_index,ext_attr
    blocksize = 4096
    inode_size = 256
    inode_ratio = 16384
[fs_types]
    floppy = {
    }
    small = {
    }
    default = {
    }
    ext2 = {
    }
    ext3 = {
        features = has_journal
    }
    ext4 = {
        features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
    }
CONF

make() { # SIZE OPTION…
    rm -f "$out"
    truncate -s "$1" "$out"
    shift
    mke2fs -q -q -F -U 01234567-89ab-4cde-8f01-23456789abcd -E "hash_seed=fedcba98-7654-4321-8fed-cba987654321" -L sample -d "$root" "$@" "$out" > "$root.log" 2>&1 ||
        { cat "$root.log" >&2; exit 1; }
    settle
}
# mke2fs takes over the time of the last change of an inode, which nothing can set.
settle() {
    count=$(dumpe2fs -h "$out" 2> /dev/null | sed -n 's/^Inode count: *//p')
    debugfs -R "ncheck $(seq -s ' ' 2 "$count")" "$out" 2> /dev/null | sed -n 's/^\([0-9][0-9]*\)[^0-9].*/sif <\1> ctime @1600000000/p' | sort -u | change
}
change() { # debugfs commands on standard input
    cat > "$root.commands"
    debugfs -w -f "$root.commands" "$out" > "$root.log" 2>&1
}

ext4='-t ext4 -I 256'
case $kind in
dirty*)
    sh "$here/tree.sh" "$root" plain
    case $kind in
    dirty-v1) make 4M $ext4 -b 1024 -N 64 -O ^metadata_csum,^64bit ;;
    dirty-v2 | dirty-64) make 6M $ext4 -b 1024 -N 64 ;;
    *) make 4M $ext4 -b 1024 -N 64 -O ^64bit -J size=1 ;;
    esac
    # What the transactions hold is the difference between this and a copy in which more was written.
    cp "$out" "$root.before"
    printf 'a file that only the journal knows\n' > "$root.new"
    python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex("c03b3998") + b"like a block of the journal\n" * 40)' > "$root.escaped"
    {
        echo "write $root.escaped etc/escaped"
        echo "write $root.new etc/new"
        echo "sif etc/new mtime 20200913122640"
        echo "sif etc/new ctime 20200913122640"
        echo "rm etc/passwd"
        echo "mkdir lib/newdir"
    } | change
    cp "$out" "$root.after"
    cp "$root.before" "$out"
    case $kind in
    dirty-v1) checksums= ;;
    dirty-v2) checksums='-c -v 2' ;;
    *) checksums='-c -v 3' ;;
    esac
    # One transaction for each changed block; the first is written twice, so that the newer one must win, and the last is revoked
    # after an older, wrong copy.
    python3 - "$root.before" "$root.after" "$root" "$checksums" > "$root.journal" <<'PY'
import sys
before, after = (open(p, "rb").read() for p in sys.argv[1:3])
scratch, options = sys.argv[3], sys.argv[4]
block = 1024
changed = [n for n in range(len(after) // block) if before[n * block:][:block] != after[n * block:][:block]]
# The superblock (block 1) and what is only counted there stay as they are: a mount reads the superblock before the journal.
changed = [n for n in changed if n != 1]
def put(name, data):
    open(scratch + "." + name, "wb").write(data)
print("jo " + options)
put("wrong", b"\x5a" * block)
print(f"jw -b {changed[0]} {scratch}.wrong")
unused = len(after) // block - 5
print(f"jw -b {unused} {scratch}.wrong")
print(f"jw -r {unused}")
for n in changed:
    put(f"b{n}", after[n * block:][:block])
for i in range(0, len(changed), 3):
    part = changed[i:i + 3]
    put(f"t{i}", b"".join(after[n * block:][:block] for n in part))
    print("jw -b " + ",".join(map(str, part)) + f" {scratch}.t{i}")
print("jc")
PY
    change < "$root.journal"
    ;;
deleted)
    sh "$here/tree.sh" "$root" plain
    make 2M -t ext2 -b 1024 -N 64 -O filetype
    printf 'rm bin/tool\nrm etc/passwd\nrm lib/a.so\nrm etc/init.d/rcS\nrmdir lib/empty\n' | change
    python3 -c 'import sys; sys.stdout.buffer.write(b"written over what was deleted\n" * 120)' > "$root.new"
    printf 'write %s etc/over\n' "$root.new" | change
    ;;
orphan)
    sh "$here/tree.sh" "$root" plain
    make 1M $ext4 -b 1024 -N 64 -O ^has_journal,^resize_inode
    printf 'unlink bin/busybox\nunlink etc\n' | change
    ;;
encrypted)
    sh "$here/tree.sh" "$root" links
    make 1M $ext4 -b 1024 -N 64 -O ^has_journal,^resize_inode,encrypt
    printf 'sif bin/busybox flags 0x80800\nsif etc flags 0x80800\nsif bin/ash flags 0x800\n' | change
    ;;
*)
    [ $# -lt 1 ] || shift
    [ $# -lt 1 ] || shift
    size=${1:-704K}
    [ $# -lt 1 ] || shift
    sh "$here/tree.sh" "$root" "$kind"
    if [ $# -eq 0 ]; then
        make "$size" $ext4 -b 1024 -N 64 -O ^has_journal,^resize_inode,inline_data
    else
        make "$size" "$@"
    fi
    ;;
esac
