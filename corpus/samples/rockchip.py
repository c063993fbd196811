"""What the builders of Rockchip's images share: the CRC and the RC4 with the published key. Written from the published descriptions."""
import struct

def crc(data, value=0):
    table = []
    for i in range(256):
        c = i << 24
        for _ in range(8):
            c = (c << 1 ^ (0x04C10DB7 if c & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(c)
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value

def rc4(data, key=bytes.fromhex("7C4E0304550509072D2C7B38170D1711")):
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)

def code(tag, size):
    line = f"{tag} code of the sample\n".encode()
    return (line * (size // len(line) + 1))[:size]

def parm(text, magic=b"PARM"):
    return magic + struct.pack("<I", len(text)) + text + struct.pack("<I", crc(text))

def loader(plain=True, tag=b"LDR "):
    names = [("rk_ddr", 1, code("ddr", 3000)), ("usbplug", 2, code("usbplug", 5000)), ("FlashData", 4, code("data", 2048)), ("FlashBoot", 4, code("boot", 4096))]
    at, rows, data = 102, b"", b""
    start = at + 57 * len(names)
    for name, kind, content in names:
        rows += struct.pack("<BI40sIII", 57, kind, name.encode("utf-16-le"), start + len(data), len(content), 1)
        if not plain:
            content = rc4(content) if kind != 4 else b"".join(rc4(content[i:i + 512]) for i in range(0, len(content), 512))
        data += content
    head = struct.pack("<4sHIIHBBBBBI", tag, 102, 0x119, 0x01030000, 2023, 11, 14, 22, 13, 20, 0x33333043)
    head += struct.pack("<BIBBIBBIB", 1, at, 57, 1, at + 57, 57, 2, at + 114, 57) + bytes([0, 1 if plain else 0])
    whole = head + b"\0" * (102 - len(head)) + rows + data
    return whole + struct.pack("<I", crc(whole))

def archive():
    parts = [("package-file", "package-file", b"# NAME Relative path\nparameter parameter.txt\nboot boot.img\nbackup RESERVED\n"),
             ("parameter", "parameter.txt", parm(b"FIRMWARE_VER:8.1\nCMDLINE:mtdparts=rk29xxnand:0x2000@0x2000(uboot),-@0x4000(root)\n")),
             ("boot", "boot.img", code("boot", 5000)), ("backup", "RESERVED", b"")]
    rows, data = b"", b""
    for name, file, content in parts:
        padded = content + b"\0" * (-len(content) % 2048)
        rows += struct.pack("<32s60sIIIII", name.encode(), file.encode(), 0, 2048 + len(data), 0x2000, len(padded), len(content))
        data += padded
    whole = bytearray(struct.pack("<4sI34s30s56sIII", b"RKAF", 0, b"RK3399", b"007", b"SAMPLE MAKER", 0, 0x08010000, len(parts)) + rows)
    whole += b"\0" * (2048 - len(whole)) + data
    whole[4:8] = struct.pack("<I", len(whole))
    return bytes(whole) + struct.pack("<I", crc(whole))
