#!/bin/sh
# A flash with a map. usage: fmap.sh OUT
exec sh "$(dirname "$0")/cbfs.sh" "$1" fmap
