#!/bin/sh
# An environment by mkenvimage. usage: uboot-env.sh OUT [mkenvimage option …]
set -eu
out=$1
shift
[ $# -gt 0 ] || set -- -s 16384
work=$(mktemp)
trap 'rm -f "$work"' EXIT
printf 'bootcmd=bootm 0x9f020000\nbootargs=console=ttyS0,115200 root=/dev/mtdblock3\nethaddr=00:11:22:33:44:55\nserverip=192.168.1.2\npassword=letmein\n' > "$work"
mkenvimage "$@" -o "$out" "$work"
