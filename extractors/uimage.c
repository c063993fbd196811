/* U-Boot's legacy image. A 64-byte big-endian header: magic, CRC-32 of the header with this field zero, time, size of the
 * data, load and entry address, CRC-32 of the data, operating system, architecture, type, compression, 32 bytes of name.
 * The data of a multi-file image or a script begins with a list of sizes that ends in 0; each part is padded to four bytes.
 * Source: U-Boot, include/image.h (legacy_img_hdr) and boot/image.c (image_multi_count, the tables of names). */
#include "extractors/extractor.h"

#include <stdio.h>
#include <zlib.h>

enum { HEADER_SIZE = 64, NAME_SIZE = 32, TYPE_MULTI = 4, TYPE_SCRIPT = 6, TYPE_FLAT_DT = 8 };

typedef struct {
    uint32_t header_crc, time, size, load, entry, data_crc;
    uint8_t  os, arch, type, compression;
    span_t   name;
    bool     header_crc_agrees;
} uimage_t;

static const char *const os_names[] = {
    "invalid", "openbsd", "netbsd", "freebsd", "4_4bsd", "linux", "svr4", "esix", "solaris", "irix", "sco", "dell", "ncr", "lynxos", "vxworks",
    "psos", "qnx", "u-boot", "rtems", "artos", "unity", "integrity", "ose", "plan9", "openrtos", "arm-trusted-firmware", "tee", "opensbi", "efi", "elf",
};
static const char *const arch_names[] = {
    "invalid", "alpha", "arm", "x86", "ia64", "mips", "mips64", "powerpc", "s390", "sh", "sparc", "sparc64", "m68k", "nios", "microblaze",
    "nios2", "blackfin", "avr32", "st200", "sandbox", "nds32", "or1k", "arm64", "arc", "x86_64", "xtensa", "riscv",
};
static const char *const type_names[] = {
    "invalid", "standalone", "kernel", "ramdisk", "multi", "firmware", "script", "filesystem", "flat_dt", "kwbimage", "imximage", "ublimage",
    "omapimage", "aisimage", "kernel_noload", "pblimage", "mxsimage", "gpimage", "atmelimage", "socfpgaimage", "x86_setup", "lpc32xximage",
    "loadable", "rkimage", "rksd", "rkspi", "zynqimage", "zynqmpimage", "zynqmpbif", "fpga", "vybridimage", "tee", "firmware_ivt", "pmmc",
    "stm32image", "socfpgaimage_v1", "mtk_image", "imx8mimage", "imx8image", "copro", "sunxi_egon", "sunxi_toc0", "fdt_legacy", "renesas_spkg",
};
static const char *const compression_names[] = {"none", "gzip", "bzip2", "lzma", "lzo", "lz4", "zstd"};

#define COUNT(names) (sizeof(names) / sizeof(names)[0])

static bool header_crc_agrees(span_t header, uint32_t expected)
{
    static const uint8_t zeros[4];
    uLong                crc = crc32_z(0, header.at, 4);
    crc = crc32_z(crc, zeros, sizeof zeros);
    return crc32_z(crc, header.at + 8, HEADER_SIZE - 8) == expected;
}

static bool read_header(span_t image, uimage_t *header)
{
    reader_t r = reader_from(image);
    if (read_be32(&r) != 0x27051956)
        return false;
    header->header_crc  = read_be32(&r);
    header->time        = read_be32(&r);
    header->size        = read_be32(&r);
    header->load        = read_be32(&r);
    header->entry       = read_be32(&r);
    header->data_crc    = read_be32(&r);
    header->os          = read_u8(&r);
    header->arch        = read_u8(&r);
    header->type        = read_u8(&r);
    header->compression = read_u8(&r);
    header->name        = read_span(&r, NAME_SIZE);
    if (!reader_ok(&r))
        return false;
    const uint8_t *end  = memchr(header->name.at, 0, NAME_SIZE);
    header->name        = span_clip(header->name, 0, end != NULL ? (size_t)(end - header->name.at) : NAME_SIZE);
    header->header_crc_agrees = header_crc_agrees(image, header->header_crc);
    return true;
}

/* Without a header CRC that agrees, the fields must at least mean something. */
static bool header_is_plausible(const uimage_t *header)
{
    return header->size > 0 && header->os < COUNT(os_names) && header->arch > 0 && header->arch < COUNT(arch_names) && header->type > 0 &&
           header->type < COUNT(type_names) && header->compression < COUNT(compression_names);
}

static unsigned uimage_probe(span_t image)
{
    uimage_t header;
    if (!read_header(image, &header))
        return 0;
    if (header.header_crc_agrees)
        return 32 + 32;
    return header_is_plausible(&header) ? 32 + 4 : 0; /* believed at the start of a blob only */
}

static uint64_t uimage_extent(span_t image)
{
    uimage_t header;
    return read_header(image, &header) ? min_u64(HEADER_SIZE + (uint64_t)header.size, image.size) : 0;
}

static void say_name_of(sink_t *sink, const char *key, const char *const *names, size_t count, uint8_t value)
{
    if (value < count)
        sink_fact(sink, key, names[value]);
    else
        sink_fact_printf(sink, key, "unknown (%u)", value);
}

static void say_facts(const uimage_t *header, sink_t *sink)
{
    sink_fact_printf(sink, "uimage.name", "%.*s", (int)header->name.size, (const char *)header->name.at);
    say_name_of(sink, "uimage.os", os_names, COUNT(os_names), header->os);
    say_name_of(sink, "uimage.arch", arch_names, COUNT(arch_names), header->arch);
    say_name_of(sink, "uimage.type", type_names, COUNT(type_names), header->type);
    say_name_of(sink, "uimage.compression", compression_names, COUNT(compression_names), header->compression);
    sink_fact_printf(sink, "uimage.load", "0x%08x", (unsigned)header->load);
    sink_fact_printf(sink, "uimage.entry", "0x%08x", (unsigned)header->entry);
    sink_fact_printf(sink, "uimage.time", "%u", (unsigned)header->time);
}

/* False when no more children may be had. */
static bool add_part(sink_t *sink, const char *path, uint64_t offset, uint64_t length)
{
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, offset, length);
    sink_end_child(sink);
    return true;
}

/* The list of sizes and the parts behind it. False when there is no such list: the data is one payload, then. */
static bool add_parts(span_t image, const uimage_t *header, uint64_t end, sink_t *sink)
{
    reader_t r     = reader_at(span_clip(image, 0, end), HEADER_SIZE);
    uint64_t count = 0, total = 0;
    for (uint32_t size; (size = read_be32(&r)) != 0; count++)
        total += size;
    uint64_t at = HEADER_SIZE + 4 * (count + 1);
    if (!reader_ok(&r) || count == 0 || at + total > HEADER_SIZE + (uint64_t)header->size) {
        sink_damage(sink, HEADER_SIZE, end - HEADER_SIZE, "the list of parts is broken");
        return false;
    }
    sink_claim(sink, HEADER_SIZE, at - HEADER_SIZE, REGION_STRUCTURE);
    reader_t sizes = reader_at(image, HEADER_SIZE);
    for (uint64_t i = 0; i < count && at < end; i++) {
        uint64_t length = min_u64(read_be32(&sizes), end - at), padded = min_u64(round_up(length, 4), end - at);
        char     path[32];
        (void)snprintf(path, sizeof path, "part%llu", (unsigned long long)i);
        if (!add_part(sink, header->type == TYPE_SCRIPT && count == 1 ? "script" : path, at, length))
            return true;
        if (span_is_filled_with(span_sub(image, at + length, padded - length), 0))
            sink_claim(sink, at + length, padded - length, REGION_PADDING);
        at += padded;
    }
    return true;
}

static const char *payload_path(uint8_t type)
{
    if (type == TYPE_FLAT_DT)
        return "devicetree";
    return type > 0 && type < COUNT(type_names) ? type_names[type] : "payload";
}

static status_t uimage_extract(span_t image, sink_t *sink)
{
    uimage_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "uimage", 0, "not a U-Boot legacy image");
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    say_facts(&header, sink);
    if (!header.header_crc_agrees)
        sink_damage(sink, 0, HEADER_SIZE, "the CRC-32 of the header does not agree with it");
    uint64_t end  = min_u64(HEADER_SIZE + (uint64_t)header.size, image.size);
    span_t   data = span_sub(image, HEADER_SIZE, header.size);
    if (data.at == NULL)
        sink_damage(sink, image.size, 0, "the image ends before its data does");
    else if (crc32_z(0, data.at, data.size) != header.data_crc)
        sink_damage(sink, HEADER_SIZE, header.size, "the CRC-32 of the data does not agree with it");
    bool has_parts = header.type == TYPE_MULTI || header.type == TYPE_SCRIPT;
    if (has_parts && add_parts(image, &header, end, sink))
        return ok();
    if (end > HEADER_SIZE)
        (void)add_part(sink, payload_path(header.type), HEADER_SIZE, end - HEADER_SIZE);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x27\x05\x19\x56", 0)};

const extractor_t uimage_extractor = {
    .id = "uimage", .name = "U-Boot legacy image", .specification = "U-Boot, include/image.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = uimage_probe, .extent = uimage_extent, .extract = uimage_extract,
};
