/* Sercomm's image header, 512 bytes: "sErCoMm", version control (4 bytes), hardware id, hardware version at 45, software version at 55,
 * "sErCoMm" again at 63, zeros, one byte at 511 that makes the sum of the whole image 0; then the image. No length is said, so the image is
 * what the blob is, and looked for at its start only. Source: openwrt/openwrt, tools/firmware-utils/src/mksercommfw.c. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 512 };

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t  text;
    uint8_t sum = 0;
    if (!span_has_text_at(image, 0, "sErCoMm") || !span_has_text_at(image, 63, "sErCoMm") || !vendor_text(image, 11, 33, &text) ||
        image.size <= HEADER_SIZE)
        return false;
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = image.size, .bits = 112};
    for (size_t i = 0; i < image.size; i++)
        sum = (uint8_t)(sum + image.at[i]);
    vendor_add_sum(out, "the sum of the image does not agree", 0, image.size, 8, sum == 0);
    vendor_add_part(out, span_from_text("image"), HEADER_SIZE, image.size - HEADER_SIZE);
    return true;
}

static unsigned sercomm_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t sercomm_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t sercomm_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    reader_t       r = reader_at(image, 55);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "sercomm", 0, "not a Sercomm header");
    if (vendor_text(image, 11, 33, &text))
        vendor_fact(sink, "sercomm.hardware_id", text);
    if (vendor_text(image, 45, 10, &text))
        vendor_fact(sink, "sercomm.hardware_version", text);
    sink_fact_printf(sink, "sercomm.version", "0x%08X", (unsigned)read_be32(&r));
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("sErCoMm", 0)};

const extractor_t sercomm_extractor = {
    .id = "sercomm", .name = "Sercomm image", .specification = "openwrt/openwrt, tools/firmware-utils/src/mksercommfw.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .only_at_start = true,
    .probe = sercomm_probe, .extent = sercomm_extent, .extract = sercomm_extract,
};
