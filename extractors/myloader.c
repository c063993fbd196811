/* The image of Compex's MyLoader, little-endian: magic 4C594D00, CRC-32 of everything with this field zero, vendor and device, their
 * subdivisions, revision, versions, flags (40 bytes); descriptors of blocks (type 1, address in the flash, length of the data, length in the
 * flash) up to one of zeros; then the data of the blocks that have any. The block that begins with 20021103 is a table of partitions.
 * Source: openwrt/firmware-utils, src/mkmylofw.c; openwrt/openwrt, tools/firmware-utils/src/myloader.h. */
#include "extractors/vendor_image.h"

#include <zlib.h>

enum { HEADER_SIZE = 40, DESCRIPTOR_SIZE = 16, BLOCKS_MAX = 34 };

static bool crc_agrees(span_t image)
{
    static const uint8_t zeros[4];
    reader_t             r   = reader_at(image, 4);
    uLong                crc = crc32_z(0, image.at, 4);
    crc                      = crc32_z(crc, zeros, sizeof zeros);
    return crc32_z(crc, image.at + 8, image.size - 8) == read_le32(&r);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    static const uint8_t magic[] = {0x00, 'M', 'Y', 'L'}, table[] = {0x03, 0x11, 0x02, 0x20};
    uint64_t             sizes[BLOCKS_MAX], at;
    size_t               count = 0;
    reader_t             r     = reader_at(image, HEADER_SIZE);
    if (!span_starts_with(image, span_from(magic, sizeof magic)) || !span_is_filled_with(span_clip(image, 8, 8), 0))
        return false;
    for (;; count++) {
        uint32_t type = read_le32(&r), address = read_le32(&r), size = read_le32(&r), room = read_le32(&r);
        if (!reader_ok(&r) || type > 1)
            return false;
        if (type == 0)
            break;
        if (count == BLOCKS_MAX || size > room || address % 4 != 0)
            return false;
        sizes[count] = size;
    }
    at   = r.pos;
    *out = (vendor_image_t){.header = at, .bits = count > 0 ? 64 : 0};
    for (size_t i = 0; i < count; i++) {
        bool is_table = span_starts_with(span_clip(image, at, sizes[i]), span_from(table, sizeof table));
        vendor_add_part(out, span_from_text(is_table ? "partition-table" : "block"), at, sizes[i]);
        at += sizes[i];
    }
    out->length = at;
    if (count > 0 && image.size >= at)
        vendor_add_sum(out, "the CRC-32 of the image does not agree", 0, at, 32, crc_agrees(span_clip(image, 0, at)));
    return count > 0;
}

static unsigned myloader_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t myloader_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t myloader_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    reader_t       r = reader_at(image, 16);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "myloader", 0, "not a MyLoader image");
    unsigned vendor = read_le16(&r), device = read_le16(&r);
    sink_fact_printf(sink, "myloader.vendor", "0x%04X", vendor);
    sink_fact_printf(sink, "myloader.device", "0x%04X", device);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {{{(const uint8_t *)"\0MYL", 4}, 0}};

const extractor_t myloader_extractor = {
    .id = "myloader", .name = "Compex MyLoader image", .specification = "openwrt/firmware-utils, src/mkmylofw.c and myloader.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = myloader_probe, .extent = myloader_extent, .extract = myloader_extract,
};
