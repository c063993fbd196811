#!/bin/sh
# An ELF file. usage: elf.sh OUT [program|stripped|headless|module|signed|big]
#   program   an ordinary executable, as the compiler makes it       stripped  the same without symbols
#   headless  without section headers                                module    a relocatable file with .modinfo
#   signed    a module with a signature behind it                    big       32-bit big-endian, made by objcopy
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$1
compile() { cc -x c -fstack-protector-all -fPIE -pie -O1 -Wl,-z,relro,-z,now,--build-id=0x0123456789abcdef0123456789abcdef01234567 "$@"; }
program() {
	printf '#include <stdio.h>\nint main(int c, char **v) { char b[64]; snprintf(b, sizeof b, "%%s", v[c - 1]); return puts(b); }\n' |
		compile "$@" -o "$out" -
}
module() {
	cat > "$work/module.c" <<'C'
#define INFO(n, t) static const char n[] __attribute__((section(".modinfo"), used)) = t;
INFO(a, "license=GPL") INFO(b, "author=First Author") INFO(c, "author=Second Author") INFO(d, "depends=usbcore,mii")
INFO(e, "vermagic=6.1.0 SMP mod_unload ARMv7") INFO(f, "version=1.2") INFO(g, "name=sample")
int init_module(void) { return 0; }
C
	cc -c -O1 -fno-toplevel-reorder -o "$out" "$work/module.c"
}
case "${2:-program}" in
program)  program ;;
stripped) program -s ;;
headless)
	program -s
	python3 - "$out" <<'PY'
import struct, sys
d = bytearray(open(sys.argv[1], "rb").read())
d[0x28:0x30] = bytes(8)
d[0x3A:0x40] = struct.pack("<HHH", 0, 0, 0)
end = max(o + s for t, _, o, _, _, s, _, _ in (struct.unpack_from("<IIQQQQQQ", d, 64 + 56 * i) for i in range(struct.unpack_from("<H", d, 56)[0])))
open(sys.argv[1], "wb").write(d[:end])
PY
	;;
module)   module ;;
signed)
	module
	python3 - "$out" <<'PY'
import struct, sys
signature = bytes(range(256)) * 2
open(sys.argv[1], "ab").write(signature + struct.pack(">BBBBB3xI", 0, 0, 2, 0, 0, len(signature)) + b"~Module signature appended~\n")
PY
	;;
big)
	cd "$work" # the name becomes part of the symbols
	printf 'data of a big-endian machine' > data
	objcopy -I binary -O elf32-big data data.o
	cd - > /dev/null
	cp "$work/data.o" "$out"
	;;
esac
