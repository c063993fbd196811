#!/bin/sh
# A YAFFS2 of which the first block holds only content, as on a used flash. usage: yaffs_log.sh OUT
exec sh "$(dirname "$0")/yaffs.sh" "$1" small start=data code page=1024 spare=32
