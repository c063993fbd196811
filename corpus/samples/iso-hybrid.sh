#!/bin/sh
# An ISO 9660 that is a disk as well. usage: iso-hybrid.sh OUT [embedded|appended|mbr]; the partition for EFI is a file of the volume, or
# stands behind it and in a GPT, or in an MBR.
set -eu
out=$1 variant=${2:-embedded}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/boot"
i=0; while [ $i -lt 4096 ]; do printf 'EFI part %06d\n' $i; i=$((i + 1)); done > "$work/efi.img"
head -c 432 /dev/zero > "$work/mbr.bin"
head -c 2048 "$work/efi.img" > "$work/tree/boot/loader.bin"
efi='-append_partition 2 0xef'
[ "$variant" != embedded ] || cp "$work/efi.img" "$work/tree/boot/efi.img"
find "$work/tree" -exec touch -h -d @1700000000 {} +
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC
set -- -quiet -o "$work/out.iso" -isohybrid-mbr "$work/mbr.bin" -c boot/boot.cat -b boot/loader.bin -no-emul-boot -boot-load-size 4 -boot-info-table -eltorito-alt-boot
case $variant in
embedded) set -- "$@" -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat ;;
appended) set -- "$@" $efi "$work/efi.img" -appended_part_as_gpt -e --interval:appended_partition_2:all:: -no-emul-boot -isohybrid-gpt-basdat ;;
mbr) set -- "$@" $efi "$work/efi.img" -e --interval:appended_partition_2:all:: -no-emul-boot ;;
esac
xorriso -as mkisofs "$@" "$work/tree" > /dev/null 2>&1
mv "$work/out.iso" "$out"
