"""Builds update images of device vendors from their published layouts. usage: vendor-builder.py FORMAT OUT [variant]

Variant "part:NAME" writes what the part NAME must come out as. Checksums are made by hashlib and zlib, ciphers by openssl or written here."""
import gzip, hashlib, struct, subprocess, sys, zlib

KERNEL = gzip.compress(b"".join(b"line %d of the kernel\n" % n for n in range(900)), mtime=0)
KERNEL += b"\0" * (-len(KERNEL) % 4)
ROOTFS = b"".join(b"file %d of the root file system\n" % n for n in range(250))
ROOTFS += b"\0" * (-len(ROOTFS) % 4)
BOOT = b"".join(b"boot %d\n" % n for n in range(120))
BOOT += b"\0" * (-len(BOOT) % 4)
PARTS = {"kernel": KERNEL, "rootfs": ROOTFS, "bootloader": BOOT, "image": KERNEL, "firmware": KERNEL}
be, le = (lambda f, *v: struct.pack(">" + f, *v)), (lambda f, *v: struct.pack("<" + f, *v))


def text(value, size, fill=b"\0"):
    return (value.encode() + b"\0").ljust(size, fill)[:size]


def jamcrc(data):
    return zlib.crc32(data) ^ 0xFFFFFFFF


def tplink_v1(variant):
    boot = BOOT if variant == "boot" else b""
    salt = bytes.fromhex("8cef335bd5c5cefaa79c28dab2e90f42" if boot else "dcd73aa5c39598fbddf9e7f40eae4738")
    kernel_at = 0x200 + len(boot)
    rootfs_at = (kernel_at + len(KERNEL) + 0xFFF) & ~0xFFF
    length = rootfs_at + len(ROOTFS) + 512
    head = be("I", 0x01000000) + text("TP-LINK Technologies", 24) + text("ver. 1.0", 36) + be("III", 0x08410008, 9, 1) + salt + bytes(4) + bytes(16) + bytes(4)
    head += be("IIIIIIIII", 0x80060000, 0x80060000, length, kernel_at, len(KERNEL), rootfs_at, len(ROOTFS), 0x200 if boot else 0, len(boot))
    head += be("HHH", 3, 16, 9)
    image = (head.ljust(0x200, b"\0") + boot + KERNEL).ljust(rootfs_at, b"\xff") + ROOTFS
    if variant != "stripped":
        image = image.ljust(length, b"\xff")
    return image[:0x4C] + hashlib.md5(image).digest() + image[0x5C:]


def tplink_v2(variant):
    salt = bytes.fromhex("dcd73aa5c39598fbdcf9e7f40eae4737")
    rootfs_at = (0x200 + len(KERNEL) + 0xFFF) & ~0xFFF
    length = rootfs_at + len(ROOTFS)
    head = le("I", 3 if variant == "v3" else 2) + text("ver. 2.0", 48, b"\xff") + be("III", 0xC2000001, 1, 2) + salt + bytes(4) + b"\xff" * 16 + b"\xff" * 4
    head += be("IIIIIIIII", 0x80000000, 0x80000000, length, 0x200, len(KERNEL), rootfs_at, len(ROOTFS), 0, 0) + be("HBBBBBB", 0x55AA, 1, 0, 0xA5, 0, 9, 1)
    image = (head.ljust(0x200, b"\xff") + KERNEL).ljust(rootfs_at, b"\xff") + ROOTFS
    return image[:0x40] + hashlib.md5(image).digest() + image[0x50:]


def meta(data):
    return be("II", len(data), 0) + data


def tplink_safeloader(variant):
    version = meta(b"soft_ver:1.2.3 Build 20230101 rel.4\n\0") if variant == "text" else meta(bytes([0, 1, 2, 3, 0x20, 0x23, 4, 5]) + be("II", 42, 0))
    parts = [("soft-version", version), ("support-list", meta(b"SupportList:\r\nCPE210(TP-LINK|EU|N300-2):3.0\r\n") + b"\xff"), ("os-image", KERNEL), ("file-system", ROOTFS)]
    table, data, base = b"", b"", 0x800
    for name, content in parts:
        table += b"fwup-ptn %s base 0x%05x size 0x%05x\t\r\n" % (name.encode(), base, len(content))
        data += content
        base += len(content)
    vendor = b"CPE210(TP-LINK|UN|N300-2|00000000):3.0\r\n"
    behind = (be("I", len(vendor)) + vendor).ljust(0x1000, b"\xff") + (table + b"\0").ljust(0x800, b"\xff") + data
    md5 = hashlib.md5(bytes.fromhex("7a2b15ed9b98596de504ab44ac2a9f4e") + behind).digest()
    return be("I", 0x14 + len(behind)) + md5 + behind


def seama(variant):
    pack = le if variant == "little" else be
    def entity(metas, data):
        metas = b"".join(m.encode() + b"\0" for m in metas)
        metas += b"\0" * (-len(metas) % 4)
        return pack("IHHI", 0x5EA3A417, 0, len(metas), len(data)) + (hashlib.md5(data).digest() if data else b"") + metas + data
    image = entity(["dev=/dev/mtdblock/2", "type=firmware"], KERNEL)
    return image if variant in ("", "little") else entity(["signature=wrgac01_dlob.hans_dir645"], b"") + image + (entity(["type=extra"], ROOTFS) if variant == "sealed" else b"")


def wrgg(variant):
    pack = le if variant == "little" else be
    offset, device = pack("I", 0x40000), text("/dev/mtdblock/2", 32)
    md5 = hashlib.md5(offset + device + KERNEL).digest()
    if variant == "old":
        return text("wrgn23_dlwbr_dir300b", 32) + pack("III", 0x20040220, 0x20040220, len(KERNEL)) + offset + device + md5 + KERNEL
    head = text("wrgg02_dlob_dap2695", 32) + le("II", 0x20080321, 0x20080321) + text("1.10", 16) + text("dap2695", 16) + bytes(16) + text("123", 16)
    return head + pack("I", len(KERNEL)) + offset + device + md5 + KERNEL


def chk_sum(data):
    low = high = 0
    for byte in data:
        low = low + byte & 0xFFFFFFFF
        high = high + low & 0xFFFFFFFF
    fold = lambda v: (lambda b: (b >> 16) + b & 0xFFFF)((v & 0xFFFF) + (v >> 16))
    return fold(high) << 16 | fold(low)


def chk(variant):
    board = b"U12H270T00_NETGEAR"
    head = be("II", 0x2A23245E, 40 + len(board)) + bytes([1, 1, 0, 0, 58, 1, 0, 38])
    head += be("IIIII", chk_sum(KERNEL), chk_sum(ROOTFS), len(KERNEL), len(ROOTFS), chk_sum(KERNEL + ROOTFS))
    return head + be("I", chk_sum(head + bytes(4) + board)) + board + KERNEL + ROOTFS


def dni(variant):
    image = b"device:WNR612V2\nversion:V1.2.3\nregion:WW\nhd_id:29763654+16+64\n".ljust(128, b"\0") + KERNEL
    return image + bytes([0xFF - sum(image) & 0xFF])


def sercomm(variant):
    head = bytearray(512)
    head[0:7] = head[63:70] = b"sErCoMm"
    head[7:11] = bytes([0, 1, 0, 0])
    head[11:25] = b"42434d36333332"
    head[45:49] = b"A001"
    head[55:59] = be("I", 0x10203)
    head[511] = -(sum(head) + sum(KERNEL)) & 0xFF
    return bytes(head) + KERNEL


def tclinux(variant):
    pack = le if variant == "little" else be
    if variant == "zytrx":
        head = b"0RDH" + be("III", 380, 380 + len(KERNEL), jamcrc(KERNEL)) + text("5.0.0.0\n", 32) + text("\n", 32) + be("I", len(KERNEL)) + bytes(12)
        head += text("3 6035 122 0\n", 164) + text("MT7621A", 8) + text("NR7101", 16) + be("I", 0x07010001) + bytes(8) + text("1.00(ABUV.0)D0", 32) * 2
        head += bytes(4) + be("I", 0x12345678) + bytes(4)
        return head + be("I", jamcrc(head + bytes(8))) + bytes(4) + KERNEL
    size = 372 if variant == "zyxel" else 256
    data = KERNEL + ROOTFS
    head = (b"HDR2" if variant == "little" else b"2RDH") + pack("III", size, size + len(data), jamcrc(data)) + text("7.3.37.4\n", 32) + bytes(32)
    head += pack("III", len(KERNEL), len(ROOTFS), 0) + text("Dewberry", 32) + pack("I", 0x80020000) + bytes(128)
    if size == 372:
        head += text("en7516", 8) + text("EX3301-T0", 16) + bytes(12) + text("5.50(ABVY.0)C0", 32) * 2 + bytes(16)
    return head + data


def bcm_tag(variant):
    boot = BOOT if variant == "cfe" else b""
    first, second = (ROOTFS, KERNEL)
    base = 0xBFC10100
    data = boot + first + second
    head = text("6", 4) + (b"Broadcom Corporation")[:20].ljust(20, b"\0") + text("ver. 2.0", 14) + text("6348", 6) + text("96348GW-11", 16) + text("1", 2)
    head += text(str(len(data)), 10) + text(str(0xBFC00000 if boot else 0), 12) + text(str(len(boot)), 10) + text(str(base), 12) + text(str(len(first)), 10)
    head += text(str(base + len(first)), 12) + text(str(len(second)), 10) + text("0", 2) + text("0", 2) + bytes(20) + text("2010-01-01 build", 30) + bytes(4)
    head = head.ljust(216, b"\0") + be("III", jamcrc(data), jamcrc(first), jamcrc(second)) + bytes(8)
    return head + be("I", jamcrc(head)) + bytes(16) + data


def words_sum(data, pack):
    return -sum(struct.unpack((">" if pack is be else "<") + "%dH" % (len(data) // 2), data)) & 0xFFFF


def realtek_cvimg(variant):
    return (b"boot" if variant == "boot" else b"cs6c") + be("III", 0x80500000, 0x30000, len(KERNEL) + 2) + KERNEL + be("H", words_sum(KERNEL, be))


def edimax(variant):
    pack = le if variant == "little" else be
    return b"CSYS" + pack("II", 0x80500000, 0x50000) + b"3G62" + pack("I", len(KERNEL) + 2) + KERNEL + pack("H", words_sum(KERNEL, pack))


def cybertan(variant):
    trx = struct.pack("<HHIII", 0, 1, 28, 28 + len(KERNEL), 0) + KERNEL + ROOTFS
    trx = b"HDR0" + le("II", 12 + len(trx), jamcrc(trx)) + trx
    PARTS["firmware"] = trx
    return b"W54S" + bytes(4) + bytes([10, 11, 12, 4, 30, 7]) + b"U2ND" + bytes([1, 0, 7, 0]) + bytes(10) + trx


def myloader(variant):
    table = le("IIII", 0x20021103, 0, 0, 0) + le("HHIII", 0x8000, 1, 0x30000, 0x10000, 0x80060000).ljust(128, b"\0") + text("kernel", 32).ljust(256, b"\0")
    PARTS["partition-table"] = table
    PARTS["block"] = KERNEL
    head = le("IIIIHHHHIIII", 0x4C594D00, 0, 0, 0, 0x11F6, 0x0672, 0x11F6, 0x0672, 0, 0x20000, 0x20000, 0)
    head += le("IIII", 1, 0x20000, len(table), 0x8000) + le("IIII", 1, 0x30000, len(KERNEL), 0x10000) + bytes(16)
    image = head + table + KERNEL
    return image[:4] + le("I", zlib.crc32(image)) + image[8:]


def system_v(data):
    total = sum(data) & 0xFFFFFFFF
    once = (total & 0xFFFF) + (total >> 16)
    return (once & 0xFFFF) + (once >> 16)


def zyxel_ras(variant):
    rootfs = be("II", system_v(ROOTFS), len(ROOTFS)) + text("V1.00(ABCT.3)C0", 32, b"\xff")
    model = text("NBG6617", 64, b"\xff")
    kernel = be("II", system_v(KERNEL), len(KERNEL))
    summed = (rootfs + rootfs[:4] + model + kernel).ljust(2048, b"\xff")
    return (rootfs + be("I", system_v(summed)) + model + kernel).ljust(0x10000, b"\xff") + ROOTFS + KERNEL


def planex(variant):
    return hashlib.sha1(be("I", 4) + KERNEL).digest() + b"1.00.00\0" + bytes(2) + be("I", len(KERNEL)) + KERNEL


def encrpted_img(variant):
    data = hashlib.shake_128(b"ciphertext").digest(8192)
    PARTS["encrypted"] = data
    return b"encrpted_img" + be("I", len(data)) + data


def jboot_sum(data):
    total = 0
    for at in range(0, len(data) - 1, 2):
        total += data[at] | data[at + 1] << 8
        total = (total & 0xFFFF) + (total >> 16)
    return total


def jboot(variant):
    sch2 = le("HBBIIIIIII", 0x2124, 3, 2, 0x80000000, len(KERNEL), zlib.crc32(KERNEL), 0x80000000, 0x60038 + len(KERNEL), len(ROOTFS), zlib.crc32(ROOTFS))
    sch2 += le("I", zlib.crc32(sch2 + bytes(4) + le("HH", 40, 0))) + le("HH", 40, 0)
    stag = le("BBHII", 4, 4, 0x2B24, 0x1234567, len(KERNEL) + 40) + le("H", jboot_sum(sch2 + KERNEL))
    stag += le("H", ~jboot_sum(stag) & 0xFFFF)
    if variant != "factory":
        return stag + sch2 + KERNEL + ROOTFS
    image = b"\xff" + stag[1:] + sch2 + KERNEL + ROOTFS
    auh = b"DLK6E3803001" + le("HHIIHBBI", 0, jboot_sum(image), 0, 0, 0, 1, 0, 0x1234567) + le("IIII", 0x50000, 0x7A0000, 0x50000, len(image))
    auh += bytes(16) + le("HHHBBIH", 0x4842, 2, 0, 4, 4, 0, 0x6E38)
    return auh + le("H", ~jboot_sum(auh) & 0xFFFF) + image


def dlink_shrs(variant):
    key, iv = ("00" * 16 if variant == "otherkey" else "c05fbf1936c99429ce2a0781f08d6ad8"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    plain = KERNEL + b"\0" * (-len(KERNEL) % 16)
    cipher = subprocess.run(["openssl", "enc", "-aes-128-cbc", "-nopad", "-K", key, "-iv", iv], input=plain, stdout=subprocess.PIPE, check=True).stdout
    PARTS["encrypted"] = cipher
    sha = lambda data: hashlib.sha512(data).digest()
    head = b"SHRS" + be("II", len(plain), len(KERNEL)) + bytes.fromhex(iv) + sha(KERNEL + bytes.fromhex(key)) + sha(KERNEL) + sha(cipher) + bytes(512)
    return head + hashlib.shake_128(b"signature").digest(1024) + cipher


def senao(variant):
    key = 0x12345678
    body = bytes(byte ^ (key >> at % 8 & 0xFF) for at, byte in enumerate(KERNEL))
    head = be("III", 0, 0x101, 0x71) + text("1.2.3", 16) + be("III", 2, len(KERNEL), 0) + hashlib.md5(KERNEL).digest() + bytes(32)
    return head + be("II", sum(head + be("I", key)), key) + body


def poray(variant):
    hardware, key = (0x32473352, "c83c3a93a295c3634845580920" "1108") if variant == "a5" else (0x30323033, "391c4a939695c363d0a39c922e16c6")
    key = bytes.fromhex(key)
    total = sum(KERNEL[at] | KERNEL[at + 1] << 8 for at in range(0, len(KERNEL), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    plain = KERNEL + le("H", ~total & 0xFFFF)
    return le("III", hardware, len(KERNEL), 0x020E0000) + bytes(16) + bytes(byte ^ key[at % 15] for at, byte in enumerate(plain))


def rc4(seed, data):
    key, state, k = bytes([seed]) + b"Buffalo", list(range(256)), 0
    for n in range(256):
        k = (k + key[n % 8] + state[n]) % 256
        state[n], state[k] = state[k], state[n]
    i, j, out = 0, 0, bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def buffalo(variant):
    total = len(KERNEL)
    for byte in KERNEL:
        total ^= byte | (0xFFFFFF00 if byte & 0x80 else 0)
        for _ in range(8):
            total = total >> 1 ^ (0xEDB88320 if total & 1 else 0)
    product = rc4(ord("O"), b"WZR-HP-G300NH\0")
    version = rc4(product[0], b"1.99\0")
    return b"start\0O" + be("I", len(product)) + product + be("I", len(version)) + version + be("I", len(KERNEL)) + rc4(version[0], KERNEL) + be("I", total)


name, out, variant = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
image = globals()[name.replace("-", "_")](variant if not variant.startswith("part:") else variant.partition("@")[2])
PARTS.update({"os-image": KERNEL, "file-system": ROOTFS})
open(out, "wb").write(PARTS[variant[5:].partition("@")[0]] if variant.startswith("part:") else image)
