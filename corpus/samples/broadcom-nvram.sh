#!/bin/sh
# Variables of a Broadcom router with header and CRC-8. usage: broadcom-nvram.sh OUT
set -eu
python3 - "$1" <<'PY'
import struct, sys
def crc8(data):
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xAB if crc & 1 else crc >> 1
    return crc
body = b"\0".join(b"%s=%s" % v for v in [(b"boardtype", b"0x0550"), (b"et0macaddr", b"00:11:22:33:44:55"), (b"http_passwd", b"admin"), (b"lan_ipaddr", b"192.168.1.1")] +
                  [(b"wl%d_ssid" % n, b"sample%d" % n) for n in range(40)]) + b"\0\0"
body += b"\0" * (-len(body) % 4)
length = 20 + len(body)
header = lambda crc: struct.pack("<4sIIII", b"FLSH", length, crc | 0x0100, 0x00000419, 0)
open(sys.argv[1], "wb").write(header(crc8((header(0) + body)[9:])) + body)
PY
