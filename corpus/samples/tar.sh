#!/bin/sh
# A small tree as tar. usage: tar.sh OUT [ustar|pax|gnu|v7|sparse-gnu|sparse-pax|long|hostile] [TREE]; TREE: where to keep the tree.
set -eu
out=$1 variant=${2:-ustar} keep=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${keep:-$work/tree}
mkdir -p "$tree/etc/init.d" "$tree/bin"
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$tree/etc/passwd"
printf '#!/bin/sh\necho boot\n' > "$tree/etc/init.d/rcS"
: > "$tree/etc/empty"
i=0; while [ $i -lt 60 ]; do echo "line $i of a text that is a little longer than a block"; i=$((i + 1)); done > "$tree/bin/tool"
ln -sf ../bin/tool "$tree/etc/link"
ln -f "$tree/bin/tool" "$tree/bin/tool-again"
printf 'coffee\n' > "$tree/etc/caf$(printf '\303\251')"
chmod 4755 "$tree/bin/tool"; chmod 600 "$tree/etc/passwd"; chmod 755 "$tree/etc/init.d/rcS"
format=ustar options=
case $variant in
ustar|v7|pax|gnu) format=$variant ;;
long)
    name=$(printf 'directory-with-a-long-name-%.0s' 1 2 3 4 5)
    mkdir -p "$tree/$name"
    printf 'deep\n' > "$tree/$name/$name"
    format=gnu ;;
sparse-gnu|sparse-pax)
    for at in 0 200 4000; do echo "data at $at" | dd of="$tree/bin/sparse" bs=4096 seek=$at conv=notrunc 2>/dev/null; done
    truncate -s 20M "$tree/bin/sparse"
    format=${variant#sparse-} options=--sparse
    [ "$format" = pax ] && options="--sparse --sparse-version=1.0" ;;
hostile) format=gnu; options='--absolute-names --transform=s,etc/passwd,../../etc/passwd, --transform=s,^./bin/tool$,/bin/tool,' ;;
*) echo "tar.sh: no variant $variant" >&2; exit 1 ;;
esac
find "$tree" -exec touch -h -d @1700000000 {} +
[ "$format" = pax ] && options="$options --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"
# shellcheck disable=SC2086
LC_ALL=C tar --format="$format" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 $options -C "$tree" -cf "$out" .
