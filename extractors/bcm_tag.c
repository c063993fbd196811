/* The tag before the images of Broadcom's CFE boot loader, 256 bytes, numbers as decimal text: version of the tag[4], two lines of the
 * company[20] and [14], chip[6], board[16], big-endian[2], length of all that follows[10], address[12] and length[10] of CFE, of root file
 * system and of kernel, flags, signature and texts of the vendor, CRC-32 of the image at 216, of the tag's first 236 bytes at 236 (big-endian,
 * not inverted at the end). What follows stands in the order of its addresses, CFE first.
 * Source: openwrt/firmware-utils, src/bcm_tag.h; openwrt/openwrt, tools/firmware-utils/src/imagetag.c. */
#include "extractors/vendor_image.h"

#include <zlib.h>

enum { TAG_SIZE = 256, COMPANY_AT = 4, CHIP_AT = 38, BOARD_AT = 44, LENGTH_AT = 62, PARTS_AT = 72, PART_SIZE = 22, INFORMATION_AT = 162,
       IMAGE_CRC_AT = 216, TAG_CRC_AT = 236 };

static bool read_decimal(span_t image, uint64_t offset, uint64_t size, uint64_t *value)
{
    span_t text;
    *value = 0;
    if (!vendor_text(image, offset, size, &text))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(text.at[i] - '0');
    }
    return true;
}

static bool crc_agrees(span_t bytes, uint32_t expected) { return (uint32_t)~crc32_z(0, bytes.at, bytes.size) == expected; }

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t   text;
    uint64_t length, address[3], size[3];
    if (!span_holds(image, 0, TAG_SIZE) || !read_decimal(image, 0, 4, &length) || length == 0 || length > 99 ||
        !vendor_text(image, COMPANY_AT, 20, &text) || !vendor_text(image, BOARD_AT, 16, &text) || text.size == 0 ||
        !read_decimal(image, LENGTH_AT, 10, &length) || length == 0 || length > UINT32_MAX)
        return false;
    for (unsigned i = 0; i < 3; i++)
        if (!read_decimal(image, PARTS_AT + i * PART_SIZE, 12, &address[i]) || !read_decimal(image, PARTS_AT + i * PART_SIZE + 12, 10, &size[i]) ||
            size[i] > length)
            return false;
    *out = (vendor_image_t){.header = TAG_SIZE, .length = TAG_SIZE + length, .bits = 40};
    reader_t tag_crc = reader_at(image, TAG_CRC_AT), image_crc = reader_at(image, IMAGE_CRC_AT);
    vendor_add_sum(out, "the CRC-32 of the tag does not agree", 0, TAG_CRC_AT, 32, crc_agrees(span_clip(image, 0, TAG_CRC_AT), read_be32(&tag_crc)));
    uint64_t first = size[1] == 0 ? address[2] : size[2] == 0 ? address[1] : min_u64(address[1], address[2]);
    vendor_add_part(out, span_from_text("bootloader"), TAG_SIZE, size[0]);
    for (unsigned i = 1; i < 3; i++) {
        uint64_t at = size[0] + (address[i] - first);
        if (size[i] > 0 && (at > length || size[i] > length - at))
            return false;
        vendor_add_part(out, span_from_text(i == 1 ? "rootfs" : "kernel"), TAG_SIZE + at, size[i]);
    }
    span_t content = span_sub(image, TAG_SIZE, length), kernel = span_sub(image, TAG_SIZE + size[0] + address[2] - first, size[2]);
    if (content.at != NULL) { /* some makers let it cover the kernel alone */
        uint32_t expected = read_be32(&image_crc);
        bool     agrees   = crc_agrees(content, expected) || (size[2] > 0 && kernel.at != NULL && crc_agrees(kernel, expected));
        vendor_add_sum(out, "the CRC-32 of the image does not agree", TAG_SIZE, length, 32, agrees);
    }
    return true;
}

static unsigned bcm_tag_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t bcm_tag_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t bcm_tag_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    static const struct { const char *key; uint32_t at, size; } facts[] = {
        {"bcm_tag.version", 0, 4},    {"bcm_tag.company", COMPANY_AT, 20}, {"bcm_tag.chip", CHIP_AT, 6},
        {"bcm_tag.board", BOARD_AT, 16}, {"bcm_tag.information", INFORMATION_AT, 30},
    };
    span_t text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "bcm-tag", 0, "not a CFE image tag");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (vendor_text(image, facts[i].at, facts[i].size, &text))
            vendor_fact(sink, facts[i].key, text);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("Broadcom Corporatio", COMPANY_AT), MAGIC("OpenWRT BCM963xx", COMPANY_AT)};

const extractor_t bcm_tag_extractor = {
    .id = "bcm-tag", .name = "Broadcom CFE image tag", .specification = "openwrt/firmware-utils, src/bcm_tag.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .asked_at_start = true,
    .probe = bcm_tag_probe, .extent = bcm_tag_extent, .extract = bcm_tag_extract,
};
