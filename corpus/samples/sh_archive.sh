#!/bin/sh
# A script that unpacks the gzip-packed tar behind it, with the first lines of makeself's; xz: packed by xz. usage: sh_archive.sh OUT [xz]
set -eu
case ${2:-} in "") pack="gzip -9n" unpack="gzip -dc" ;; xz) pack="xz -0" unpack="xz -dc" ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
printf 'a file of the sample\n' > "$work/tree/file"
seq 1 2000 > "$work/tree/numbers"
tar -C "$work/tree" --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf - . | $pack > "$work/packed"
cat > "$1" <<SCRIPT
#!/bin/sh
# This script was generated using Makeself 2.4.5
label="Sample of assay"
script="./setup.sh"
skip="7"
tail -n +8 "\$0" | $unpack | tar xf -
exit 0
SCRIPT
cat "$work/packed" >> "$1"
