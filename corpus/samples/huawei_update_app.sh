#!/bin/sh
# Huawei UPDATE.APP with three blocks, from the published layout. usage: huawei_update_app.sh OUT
set -eu
PYTHONPATH=$(dirname "$0") python3 -B - "$@" <<'PY'
import binascii, struct
from parts import *
def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF
assert crc16(b"123456789") == 0x906E  # the check value of CRC-16/X-25
image = bytes(92)
for sequence, (name, size) in enumerate([("SHA256RSA", 257), ("BOOT", 5001), ("SYSTEM", 10000)]):
    part = keep(name, content(name, size))
    table = b"".join(struct.pack("<H", crc16(part[i : i + 4096])) for i in range(0, size, 4096))
    header = struct.pack("<II8sII", 98 + len(table), 1, b"HW3660\xff\xff", sequence, size) + field("2019.05.31", 16) + field("12:00:00", 16) + field(name, 32)
    header = b"\x55\xAA\x5A\xA5" + header
    crc = crc16(header + struct.pack("<HHH", 0, 4096, 0))
    image += header + struct.pack("<HHH", crc, 4096, 0) + table + part
    image += bytes(-len(image) % 4)
done(image)
PY
