#!/bin/sh
# coreboot's file system as cbfstool makes it. usage: cbfs.sh OUT [fmap]   fmap: a whole flash with a map, the file system in one area
set -eu
out=$1 variant=${2-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seq 1 200 | sed 's/$/ line of the configuration/' > "$work/config"
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random("cbfs").randbytes(1500))' > "$work/noise"
cat > "$work/flash.fmd" <<'FMD'
FLASH@0xfffe0000 0x20000 {
	FMAP@0x0 0x200
	RO@0x1000 0xf000 {
		GBB@0x0 0x1000
		VPD@0x1000 0x1000
	}
	COREBOOT(CBFS)@0x10000 0x4000
	EMPTY@0x14000 0xc000
}
FMD
{
    cd "$work"
    fmaptool flash.fmd map
    cbfstool rom create -M map
    cbfstool rom add -f config -n config -t raw -c lzma
    cbfstool rom add -f config -n config.lz4 -t raw -c lz4
    cbfstool rom add -f noise -n img/noise -t raw
    cbfstool rom add -f noise -n gone -t raw
    cbfstool rom add-master-header
    cbfstool rom add-flat-binary -f config -n fallback/payload -l 0x100000 -e 0x100000 -c lzma
    cbfstool rom add -f noise -n last -t raw
    cbfstool rom remove -n gone
    [ "$variant" = fmap ] || cbfstool rom read -r COREBOOT -f area
} > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
cd - > /dev/null
[ "$variant" = fmap ] && cp "$work/rom" "$out" || cp "$work/area" "$out"
