#!/bin/sh
# A flattened device tree with a reservation and padding, made by dtc. usage: devicetree.sh OUT
set -eu
dtc -q -I dts -O dtb -p 64 -o "$1" <<'DTS'
/dts-v1/;
/memreserve/ 0x80000000 0x10000;
/ {
	model = "Sample Router 1000";
	compatible = "sample,router-1000", "sample,soc";
	#address-cells = <1>;
	#size-cells = <1>;
	chosen { bootargs = "console=ttyS0,115200"; };
	memory@80000000 { device_type = "memory"; reg = <0x80000000 0x8000000>; };
	soc { serial@1000 { compatible = "ns16550a"; reg = <0x1000 0x100>; }; };
};
DTS
