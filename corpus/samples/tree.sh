#!/bin/sh
# A directory tree that samples of file systems are made from: the same on every machine. usage: tree.sh DIR KIND
#   small    every type of file, hard links, modes and owners       links    small without devices, for formats that hold none
#   plain    files and directories only, DOS-safe names             xattrs   small with extended attributes
#   names    255 bytes, not UTF-8, control characters, many         deep     200 directories
#   sparse   holes of all sizes                                     big      some megabytes
#   empty    nothing                                                one      one file
# Owners and devices need root or fakeroot: builders begin with
#   [ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ] || exec fakeroot sh "$0" "$@"
set -eu
export LC_ALL=C
root=$1
kind=$2
umask 022
mkdir -p "$root"

# Text that compresses, and bytes that do not: both always the same.
text() { # LINES WORD
    seq 1 "$1" | sed "s/\$/ $2: the quick brown fox jumps over the lazy dog/"
}
noise() { # BYTES SEED
    python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(sys.argv[2]).randbytes(int(sys.argv[1])))' "$1" "$2"
}

plain() {
    mkdir -p "$root/bin" "$root/etc/init.d" "$root/lib/empty"
    text 300 busybox > "$root/bin/busybox"
    noise 9000 tool > "$root/bin/tool"
    noise 5000 stripped > "$root/bin/small-tool"
    echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
    echo 'root:*:1:0:99999:7:::' > "$root/etc/shadow"
    text 5 rcS > "$root/etc/init.d/rcS"
    : > "$root/etc/nothing"
    text 90 library > "$root/lib/a.so"
    cp "$root/lib/a.so" "$root/lib/same-as-a.so"
}
links() {
    plain
    ln "$root/bin/busybox" "$root/bin/sh"
    ln "$root/bin/busybox" "$root/lib/linked"
    ln -s busybox "$root/bin/ash"
    ln -s ../../nowhere "$root/etc/dangling"
    ln -s "/a/long/target/$(printf '%0180d' 0 | tr 0 t)" "$root/etc/long-target"
    truncate -s 300000 "$root/lib/hole"
    python3 -c 'import sys; open(sys.argv[1], "wb").write(bytes(140000) + b"behind the hole\n")' "$root/lib/hole-then-text"
}
small() {
    links
    mkdir "$root/dev"
    mknod -m 666 "$root/dev/null" c 1 3
    mknod -m 620 "$root/dev/ttyS300" c 4 300
    mknod -m 640 "$root/dev/mtdblock0" b 31 0
    mkfifo -m 600 "$root/dev/pipe"
    python3 -c 'import os, socket, sys; os.chdir(sys.argv[1]); s = socket.socket(socket.AF_UNIX); s.bind("log")' "$root/dev"
    chmod 666 "$root/dev/log"
}
xattrs() {
    small
    setfattr -n user.short -v value "$root/etc/passwd"
    setfattr -n user.second -v 0x00ff10 "$root/etc/passwd"
    setfattr -n user.long -v "$(text 20 value)" "$root/bin/busybox"
    setfattr -n user.long -v "$(text 20 value)" "$root/bin/tool"
    setfattr -n user.other -v x "$root/bin/tool"
    setfattr -n user.directory -v d "$root/etc"
    setfattr -n user.empty "$root/lib/a.so"
}
names() {
    echo long > "$root/$(printf '%0255d' 0 | tr 0 n)"
    mkdir "$root/$(printf '%0200d' 0 | tr 0 d)"
    echo latin > "$root/$(printf 'caf\351')"
    echo utf8 > "$root/$(printf 'caf\303\251')"
    echo space > "$root/a name with spaces"
    echo newline > "$root/$(printf 'new\nline')"
    echo percent > "$root/100%25"
    echo back > "$root/back\\slash"
    echo escape > "$root/$(printf '\033[31mred')"
    mkdir "$root/many"
    i=0
    while [ "$i" -lt 700 ]; do
        echo "$i" > "$root/many/entry-number-$i-of-a-directory-with-an-index"
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
    echo bottom > "$path/file"
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
    noise 3000000 noise > "$root/noise"
    text 60000 text > "$root/text"
    mkdir "$root/files"
    i=0
    while [ "$i" -lt 150 ]; do
        text "$((i * 7 % 101))" "$i" > "$root/files/$i"
        i=$((i + 1))
    done
}
empty() { :; }
one() { echo one > "$root/one"; }

case $kind in
plain | links | small | xattrs | names | deep | sparse | big | empty | one) "$kind" ;;
*) echo "tree.sh: no tree is called $kind" >&2; exit 2 ;;
esac
if [ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY-}" ]; then
    chown -hR 0:0 "$root"
    [ ! -e "$root/etc/shadow" ] || chown 0:42 "$root/etc/shadow"
    [ ! -e "$root/bin/tool" ] || chown 1000:100 "$root/bin/tool"
    [ ! -e "$root/dev/pipe" ] || chown 1000:1000 "$root/dev/pipe"
fi
# chown takes the set-user-ID bit away, so modes come last.
[ ! -e "$root/bin/busybox" ] || chmod 4755 "$root/bin/busybox"
[ ! -e "$root/etc/shadow" ] || chmod 640 "$root/etc/shadow"
[ ! -e "$root/lib/empty" ] || chmod 1777 "$root/lib/empty"
find "$root" -depth -exec touch -h -d @1600000000 {} +
