#!/bin/sh
# A FIT with a kernel, a ramdisk and a device tree, each under several digests, made by mkimage. usage: fit.sh OUT [external|position]
set -eu
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
yes 'kernel text, repeated' | head -n 2000 | gzip -n9 > kernel.gz
yes 'root file system' | head -n 100 | head -c 1001 > ramdisk
printf '/dts-v1/;\n/ { model = "Sample"; compatible = "sample,board"; id = <1>; };\n' | dtc -q -I dts -O dtb -o board.dtb
cat > sample.its <<'ITS'
/dts-v1/;
/ {
	description = "Sample FIT";
	#address-cells = <1>;
	images {
		kernel-1 {
			description = "Linux"; data = /incbin/("kernel.gz"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "gzip";
			load = <0x80000>; entry = <0x80000>;
			hash-1 { algo = "crc32"; }; hash-2 { algo = "sha1"; }; hash-3 { algo = "sha512"; };
		};
		ramdisk-1 {
			description = "Root"; data = /incbin/("ramdisk"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
			hash-1 { algo = "md5"; };
		};
		fdt-1 {
			description = "Board"; data = /incbin/("board.dtb"); type = "flat_dt"; arch = "arm64"; compression = "none";
			hash-1 { algo = "sha256"; };
		};
	};
	configurations {
		default = "conf-1";
		conf-1 { kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1"; };
	};
};
ITS
case "${2:-inside}" in
inside)   mkimage -f sample.its out.itb ;;
external) mkimage -E -f sample.its out.itb ;;
position) mkimage -E -p 0x2000 -f sample.its out.itb ;;
esac > /dev/null 2>&1
cd - > /dev/null
cp "$work/out.itb" "$1"
