#!/bin/sh
# A squashfs whose first four bytes are a vendor's own. usage: squashfs_other_magic.sh OUT [squashfs.sh argument …]
set -eu
out=$1
shift
sh "$(dirname "$0")/squashfs.sh" "$out" "$@"
printf 'VEND' | dd of="$out" conv=notrunc status=none
