/* CyberTAN's code header before the TRX of Linksys and Belkin devices, 32 bytes: pattern of the model[4], zeros or "PBOT", date (year from
 * 2000, month, day), version (three bytes), "U2ND", hardware version, 0, flags, zeros. It says no length; the TRX behind it does.
 * Source: openwrt/firmware-utils, src/addpattern.c. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 32 };

static bool read_image(span_t image, vendor_image_t *out)
{
    if (!span_has_text_at(image, 14, "U2ND") || !span_holds(image, 0, HEADER_SIZE + 1) || !span_is_filled_with(span_sub(image, 22, 10), 0) ||
        (!span_is_filled_with(span_sub(image, 4, 4), 0) && !span_has_text_at(image, 4, "PBOT")))
        return false;
    for (size_t i = 0; i < 4; i++)
        if (image.at[i] < 0x20 || image.at[i] > 0x7E)
            return false;
    if (image.at[8] > 99 || image.at[9] < 1 || image.at[9] > 12 || image.at[10] < 1 || image.at[10] > 31)
        return false;
    reader_t r      = reader_at(image, HEADER_SIZE + 4);
    bool     trx    = span_has_text_at(image, HEADER_SIZE, "HDR0");
    uint64_t length = read_le32(&r);
    length          = trx && reader_ok(&r) ? HEADER_SIZE + length : image.size;
    *out            = (vendor_image_t){.header = HEADER_SIZE, .length = max_u64(length, HEADER_SIZE + 1), .bits = trx ? 112 : 80};
    vendor_add_part(out, span_from_text("firmware"), HEADER_SIZE, out->length - HEADER_SIZE);
    return true;
}

static unsigned cybertan_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t cybertan_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t cybertan_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    const uint8_t *h = image.at;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "cybertan", 0, "not a code header");
    sink_fact_printf(sink, "cybertan.pattern", "%.4s", (const char *)h);
    sink_fact_printf(sink, "cybertan.date", "20%02u-%02u-%02u", h[8], h[9], h[10]);
    sink_fact_printf(sink, "cybertan.version", "%u.%u.%u", h[11], h[12], h[13]);
    sink_fact_printf(sink, "cybertan.hardware_version", "%u", h[18]);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("U2ND", 14)};

const extractor_t cybertan_extractor = {
    .id = "cybertan", .name = "CyberTAN (Linksys) code header", .specification = "openwrt/firmware-utils, src/addpattern.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = cybertan_probe, .extent = cybertan_extent, .extract = cybertan_extract,
};
