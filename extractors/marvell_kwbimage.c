/* The boot image of Marvell's Kirkwood, Armada XP, 370, 375, 38x and 39x. Little-endian, 32 bytes: device to boot from, flags, NAND page size, size
 * of the payload, version, (version 1: size of the headers), offset of the payload, addresses of load and entry, options, whether more headers
 * follow, sum of the header's bytes. Version 0: one header of register settings. Version 1: a chain of headers: 1 secure boot, 2 binary code, 3
 * registers. The payload ends in the sum of its words. Source: U-Boot, tools/kwbimage.h. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { MAIN_SIZE = 32, V0_EXTENDED = 512, SUM_AT = 31, SECTOR = 512, HEADERS_MAX = 32, SIZE_LIMIT = 64 << 20, HEADER_LIMIT = 512 << 10 };

typedef struct { const char *device; uint32_t size, source, load, entry, header_size; uint8_t version; bool extended; } kwb_t;

static const struct { uint8_t id; const char *name; } devices[] = {
    {0x4D, "I2C"}, {0x5A, "SPI"}, {0x8B, "NAND"}, {0x78, "SATA"}, {0x9C, "PCIe"}, {0x69, "UART"}, {0xAE, "SD or eMMC"},
};

static bool read_header(span_t image, kwb_t *kwb)
{
    reader_t r  = reader_from(image);
    uint8_t  id = read_u8(&r);
    *kwb        = (kwb_t){0};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (devices[i].id == id)
            kwb->device = devices[i].name;
    reader_skip(&r, 3);
    kwb->size        = read_le32(&r);
    kwb->version     = read_u8(&r);
    uint32_t high    = read_u8(&r), low = read_le16(&r);
    kwb->source      = read_le32(&r);
    kwb->load        = read_le32(&r);
    kwb->entry       = read_le32(&r);
    reader_skip(&r, 4);
    uint16_t reserved = read_le16(&r);
    uint8_t  extended = read_u8(&r), sum = read_u8(&r);
    if (!reader_ok(&r) || kwb->device == NULL || kwb->version > 1 || reserved != 0 || extended > 1)
        return false;
    kwb->extended    = extended == 1;
    kwb->header_size = kwb->version == 1 ? high << 16 | low : MAIN_SIZE + (kwb->extended ? V0_EXTENDED - MAIN_SIZE : 0u);
    if ((kwb->version == 0 && (high != 0 || low != 0)) || kwb->header_size < MAIN_SIZE || kwb->header_size > HEADER_LIMIT ||
        kwb->header_size % 4 != 0)
        return false;
    if (id == 0x78 && kwb->source > 0 && kwb->source < SIZE_LIMIT / SECTOR)
        kwb->source = (kwb->source - 1) * SECTOR; /* SATA counts in sectors of the disk, and the header stands in sector 1 */
    else if (id == 0x9C && kwb->source == UINT32_MAX)
        kwb->source = kwb->header_size;
    span_t summed = span_sub(image, 0, kwb->version == 0 ? MAIN_SIZE : kwb->header_size);
    /* Cut off inside of its headers, a version 1 cannot be told by their sum. */
    if (summed.at == NULL || ((soc_sum8(summed) - sum) & 0xFF) != sum)
        return false;
    return kwb->size > 4 && kwb->size % 4 == 0 && kwb->size <= SIZE_LIMIT && kwb->source >= kwb->header_size && kwb->source <= SIZE_LIMIT;
}

static bool payload_sum_agrees(span_t image, const kwb_t *kwb)
{
    span_t   covered = span_sub(image, kwb->source, kwb->size - 4);
    reader_t r       = reader_at(image, (uint64_t)kwb->source + kwb->size - 4);
    uint32_t sum     = read_le32(&r);
    return reader_ok(&r) && covered.at != NULL && soc_sum32(covered) == sum;
}

static unsigned marvell_kwbimage_probe(span_t image)
{
    kwb_t kwb;
    return read_header(image, &kwb) ? 4 + 8 + 16 + (payload_sum_agrees(image, &kwb) ? 32 : 0) : 0;
}

static uint64_t marvell_kwbimage_extent(span_t image)
{
    kwb_t kwb;
    return read_header(image, &kwb) ? min_u64((uint64_t)kwb.source + kwb.size, image.size) : 0;
}

/* The chain of headers of version 1: each says its kind and size, and in its last word whether another follows. */
static bool extract_headers(span_t image, const kwb_t *kwb, partitions_t *parts)
{
    uint64_t at   = MAIN_SIZE;
    bool     more = kwb->extended;
    for (unsigned i = 0; i < HEADERS_MAX && more && at + 8 <= kwb->header_size; i++) {
        reader_t r    = reader_at(image, at);
        uint8_t  kind = read_u8(&r), high = read_u8(&r);
        uint64_t size = (uint64_t)high << 16 | read_le16(&r);
        if (!reader_ok(&r) || size < 8 || size > kwb->header_size - at) {
            sink_damage(parts->sink, at, 4, "a header of the chain is not sound");
            return true;
        }
        reader_t last = reader_at(image, at + size - 4);
        more          = (read_u8(&last) & 1) != 0;
        /* A binary header: number of arguments, the arguments, the code, the last word. */
        uint64_t arguments = kind == 2 ? 8 + (uint64_t)read_u8(&r) * 4 : size;
        if (kind == 2 && arguments + 4 < size) {
            sink_claim(parts->sink, at, arguments, REGION_STRUCTURE);
            sink_claim(parts->sink, at + size - 4, 4, REGION_STRUCTURE);
            if (!soc_show_code(parts, CHILD_FILE, "header", image, at + arguments, size - arguments - 4, NULL))
                return false;
        } else {
            sink_claim(parts->sink, at, size, REGION_STRUCTURE);
        }
        if (kind == 1)
            sink_fact(parts->sink, "kwbimage.secure-boot", "yes");
        at += size;
    }
    return true;
}

static status_t marvell_kwbimage_extract(span_t image, sink_t *sink)
{
    kwb_t kwb;
    if (!read_header(image, &kwb))
        return status_fail(STATUS_REJECTED, "marvell-kwbimage", 0, "not a boot image");
    partitions_t parts = {.sink = sink};
    bool         sound = payload_sum_agrees(image, &kwb), cut = (uint64_t)kwb.source + kwb.size > image.size;
    sink_claim(sink, 0, kwb.version == 0 ? kwb.header_size : MAIN_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Marvell");
    sink_fact(sink, "kwbimage.device", kwb.device);
    sink_fact_printf(sink, "kwbimage.version", "%u", kwb.version);
    sink_fact_printf(sink, "kwbimage.load", "0x%x", kwb.load);
    sink_fact_printf(sink, "kwbimage.entry", "0x%x", kwb.entry);
    if (cut)
        sink_damage(sink, image.size, 0, "the image ends before its payload does");
    else
        sink_claim(sink, (uint64_t)kwb.source + kwb.size - 4, 4, REGION_STRUCTURE);
    if (kwb.version == 0 || extract_headers(image, &kwb, &parts))
        (void)soc_show_code(&parts, sound ? CHILD_FILE : CHILD_PAYLOAD, "payload", image, kwb.source, kwb.size - 4,
                            sound || cut ? NULL : "the sum of the payload does not agree with its content");
    partitions_free(&parts);
    return ok();
}

const extractor_t marvell_kwbimage_extractor = {
    .id = "marvell_kwbimage", .name = "Marvell boot image", .specification = "U-Boot, tools/kwbimage.h", .reach = REACH_EXTRACT,
    .probe = marvell_kwbimage_probe, .extent = marvell_kwbimage_extent, .extract = marvell_kwbimage_extract,
};
