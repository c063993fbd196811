#!/bin/sh
# A time zone, made by zic. usage: tzif.sh OUT
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/source" <<'ZONE'
Rule S 1980 max - Mar lastSun 1:00u 1:00 S
Rule S 1980 max - Oct lastSun 1:00u 0 -
Zone Sample/Town 1:00 S CE%sT
ZONE
zic -b fat -d "$work/out" "$work/source"
cp "$work/out/Sample/Town" "$1"
