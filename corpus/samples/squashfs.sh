#!/bin/sh
# A squashfs 4.0 with every kind of inode and content. The same bytes on every machine.
# usage: squashfs.sh OUT [TREE] [mksquashfs option …]
#   TREE: small (default), xattrs, names, deep, sparse, big, empty, one
set -eu
# Owners must be the same whoever builds.
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
out=$1
shift
tree=small
case ${1-} in
'' | -*) ;;
*)
    tree=$1
    shift
    ;;
esac
root=$(mktemp -d)
pseudo=$root.pseudo
trap 'rm -rf "$root" "$pseudo"' EXIT
umask 022
: >"$pseudo"

# Text that compresses, and bytes that do not: both always the same.
text() { # LINES WORD
    seq 1 "$1" | sed "s/\$/ $2: the quick brown fox jumps over the lazy dog/"
}
noise() { # BYTES SEED
    python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(sys.argv[2]).randbytes(int(sys.argv[1])))' "$1" "$2"
}

small() {
    mkdir -p "$root/bin" "$root/etc/init.d" "$root/lib/empty" "$root/dev"
    text 300 busybox >"$root/bin/busybox"
    noise 9000 tool >"$root/bin/tool"
    noise 5000 stripped >"$root/bin/small-tool"
    ln "$root/bin/busybox" "$root/bin/sh"
    ln "$root/bin/busybox" "$root/lib/linked"
    ln -s busybox "$root/bin/ash"
    ln -s ../../nowhere "$root/etc/dangling"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:*:1:0:99999:7:::' >"$root/etc/shadow"
    text 5 rcS >"$root/etc/init.d/rcS"
    : >"$root/etc/nothing"
    text 90 library >"$root/lib/a.so"
    cp "$root/lib/a.so" "$root/lib/same-as-a.so"
    truncate -s 300000 "$root/lib/hole"
    python3 -c 'import sys; open(sys.argv[1], "wb").write(bytes(140000) + b"behind the hole\n")' "$root/lib/hole-then-text"
    chmod 4755 "$root/bin/busybox"
    chmod 640 "$root/etc/shadow"
    chmod 1777 "$root/lib/empty"
    cat >"$pseudo" <<'PSEUDO'
/dev/null c 666 0 0 1 3
/dev/ttyS300 c 620 0 5 4 300
/dev/mtdblock0 b 640 0 6 31 0
/dev/pipe i 600 1000 1000 f
/dev/log i 666 0 0 s
/etc/shadow m 640 0 42
/bin/tool m 755 1000 100
PSEUDO
}
xattrs() {
    small
    setfattr -n user.short -v value "$root/etc/passwd"
    setfattr -n user.second -v 0x00ff10 "$root/etc/passwd"
    # The same long value twice: the second time it is stored by reference.
    setfattr -n user.long -v "$(text 20 value)" "$root/bin/busybox"
    setfattr -n user.long -v "$(text 20 value)" "$root/bin/tool"
    setfattr -n user.other -v x "$root/bin/tool"
    setfattr -n user.directory -v d "$root/etc"
    setfattr -n user.empty "$root/lib/a.so"
}
names() {
    long=$(printf '%0255d' 0 | tr 0 n)
    echo long >"$root/$long"
    mkdir "$root/$(printf '%0200d' 0 | tr 0 d)"
    echo latin >"$root/$(printf 'caf\351')"
    echo utf8 >"$root/$(printf 'caf\303\251')"
    echo space >"$root/a name with spaces"
    echo newline >"$root/$(printf 'new\nline')"
    echo percent >"$root/100%25"
    echo back >"$root/back\\slash"
    echo escape >"$root/$(printf '\033[31mred')"
    # More entries than one run of a listing holds, so an indexed directory.
    mkdir "$root/many"
    i=0
    while [ "$i" -lt 700 ]; do
        echo "$i" >"$root/many/entry-number-$i-of-a-directory-with-an-index"
        i=$((i + 1))
    done
}
deep() {
    path=$root
    i=0
    while [ "$i" -lt 200 ]; do
        path=$path/d
        mkdir "$path"
        i=$((i + 1))
    done
    echo bottom >"$path/file"
}
sparse() {
    python3 - "$root" <<'PY'
import os, random, sys
r = random.Random("sparse")
def make(name, *parts):
    with open(os.path.join(sys.argv[1], name), "wb") as f:
        for part in parts:
            if isinstance(part, int):
                f.seek(part, os.SEEK_CUR)
            else:
                f.write(part)
        f.truncate(f.tell())
K = 1 << 10
make("only-hole", 3 << 20)
make("hole-at-start", 512 * K, r.randbytes(200 * K))
make("hole-in-the-middle", b"text " * 60000, 1024 * K, b"more " * 60000)
make("hole-at-end", r.randbytes(256 * K), 700 * K)
make("hole-less-than-a-block", 100)
make("many-holes", *[x for i in range(20) for x in (r.randbytes(300), 256 * K)])
PY
}
big() {
    small
    noise 3000000 noise >"$root/noise"
    text 60000 text >"$root/text"
    mkdir "$root/files"
    i=0
    while [ "$i" -lt 150 ]; do
        text "$((i * 7 % 101))" "$i" >"$root/files/$i"
        i=$((i + 1))
    done
}
empty() { :; }
one() { echo one >"$root/one"; }

case $tree in
small | xattrs | names | deep | sparse | big | empty | one) "$tree" ;;
*)
    echo "squashfs.sh: no tree is called $tree" >&2
    exit 2
    ;;
esac
chown -hR 0:0 "$root"
[ ! -e "$root/bin/busybox" ] || chmod 4755 "$root/bin/busybox" # chown takes the bit away
xattr_option=-no-xattrs
[ "$tree" = xattrs ] && xattr_option=-xattrs
rm -f "$out"
mksquashfs "$root" "$out" -noappend -no-progress -quiet -processors 1 -reproducible -mkfs-time 1700000000 -all-time 1600000000 \
    -root-mode 755 $xattr_option -pf "$pseudo" "$@" >/dev/null
