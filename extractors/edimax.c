/* Edimax's image, 20 bytes in the order of the device: "CSYS" (or another signature of the same build, not looked for), address to start at,
 * address in the flash, model[4], length; then the content, whose last two bytes make the sum of its words 0.
 * Source: openwrt/firmware-utils, src/mkedimaximg.c. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 20, FLASH_MAX = 0x10000000 };

static bool sum_agrees(span_t content, bool big)
{
    uint16_t sum = 0;
    for (size_t i = 0; i + 1 < content.size; i += 2)
        sum = (uint16_t)(sum + (big ? content.at[i] << 8 | content.at[i + 1] : content.at[i + 1] << 8 | content.at[i]));
    return sum == 0;
}

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t model = span_sub(image, 12, 4);
    if (!span_has_text_at(image, 0, "CSYS") || !span_holds(image, 0, HEADER_SIZE))
        return false;
    for (size_t i = 0; i < model.size; i++)
        if (model.at[i] < 0x20 || model.at[i] > 0x7E)
            return false;
    for (int big = 0; big < 2; big++) {
        reader_t r     = reader_at(image, 4);
        uint64_t start = big ? read_be32(&r) : read_le32(&r), flash = big ? read_be32(&r) : read_le32(&r);
        reader_skip(&r, 4);
        uint64_t length = big ? read_be32(&r) : read_le32(&r);
        if (start == 0 || flash == 0 || flash >= FLASH_MAX || length <= 2 || length % 2 != 0 || length > FLASH_MAX)
            continue;
        *out = (vendor_image_t){.header = HEADER_SIZE, .length = HEADER_SIZE + length, .bits = 48};
        span_t content = span_sub(image, HEADER_SIZE, length);
        if (content.at != NULL)
            vendor_add_sum(out, "the sum of the content does not agree", HEADER_SIZE, length, 16, sum_agrees(content, big != 0));
        vendor_add_part(out, span_from_text("image"), HEADER_SIZE, length - 2);
        return true;
    }
    return false;
}

static unsigned edimax_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t edimax_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t edimax_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "edimax", 0, "not an Edimax image");
    sink_fact_printf(sink, "edimax.model", "%.4s", (const char *)image.at + 12);
    sink_claim(sink, out.length - 2, 2, REGION_STRUCTURE);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("CSYS", 0)};

const extractor_t edimax_extractor = {
    .id = "edimax", .name = "Edimax CSYS image", .specification = "openwrt/firmware-utils, src/mkedimaximg.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = edimax_probe, .extent = edimax_extent, .extract = edimax_extract,
};
