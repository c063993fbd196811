#!/bin/sh
# What a decompressed kernel looks like from outside: code, a banner, texts of init, a configuration, a small initramfs.
# usage: linux-kernel.sh OUT [KIBIBYTES] [plain|gzip|xz]    the size, how the initramfs is packed
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
echo 'sample initramfs' > "$work/root/init"
touch -d @1700000000 "$work/root/init"
(cd "$work/root" && echo init | cpio -o -H newc --reproducible --owner 0:0 --quiet) > "$work/initramfs"
case "${3:-plain}" in
plain) ;;
gzip) gzip -n9 "$work/initramfs" && mv "$work/initramfs.gz" "$work/initramfs" ;;
xz)   xz --check=crc32 "$work/initramfs" && mv "$work/initramfs.xz" "$work/initramfs" ;;
esac
python3 - "$1" "${2:-1040}" "$work/initramfs" <<'PY'
import gzip, sys
size = int(sys.argv[2]) * 1024
code = bytearray(b"\x04\xe0\x2d\xe5\x00\x40\xa0\xe1\x01\x00\x50\xe3\x04\xf0\x9d\xe4" * (size // 16))
def put(at, data):
    code[at:at + len(data)] = data
put(size // 2, b"Linux version 5.15.99-sample (builder@host.example) (gcc 12.2.0, GNU ld 2.40) #1 SMP Thu Jan 1 00:00:00 UTC 2026\n\0")
put(size // 2 + 1024, b"%s version %s (builder@host.example) (gcc 12.2.0) %s\n\0/sbin/init\0/bin/sh\0Kernel panic - not syncing: %s\0swapper\0rdinit=\0loglevel\0/dev/console\0")
put(size // 2 + 2048, b"IKCFG_ST" + gzip.compress(b"CONFIG_ARM=y\nCONFIG_MMU=y\n", mtime=0) + b"IKCFG_ED")
put(size // 2 + 4096, open(sys.argv[3], "rb").read() + b"\0" * 8)
open(sys.argv[1], "wb").write(code)
PY
