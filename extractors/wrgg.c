/* WRGG, the image header of devices made by Alpha Networks (D-Link, Trendnet): signature[32], then twice 20040220 (the old one, 96 bytes:
 * length, offset in the flash, name of the device[32], MD5) or twice 20080321 (160 bytes: version[16], model[16], flags, build[16], length,
 * offset, name of the device[32], MD5). Numbers are in the order of the device; the newer magic always is little-endian. The MD5 covers
 * offset, name and content. Source: openwrt/firmware-utils, src/mkwrgimg.c, src/mkwrggimg.c. */
#include "extractors/vendor_image.h"

enum { MAGIC_AT = 32, NAME_SIZE = 32, VERSION_AT = 40, MODEL_AT = 56, BUILD_AT = 88, OLD_HEADER = 96, NEW_HEADER = 160,
       TAIL = 4 + 4 + NAME_SIZE + MD5_SIZE };

static const struct { const char *magic; uint64_t header; bool big, either; } kinds[] = {
    {"\x20\x02\x04\x20\x20\x02\x04\x20", OLD_HEADER, false, false},
    {"\x20\x04\x02\x20\x20\x04\x02\x20", OLD_HEADER, true, false},
    {"\x21\x03\x08\x20\x21\x03\x08\x20", NEW_HEADER, false, true},
};

static bool md5_agrees(span_t image, uint64_t header, uint64_t size)
{
    uint8_t digest[MD5_SIZE];
    span_t  pieces[] = {span_sub(image, header - TAIL + 4, 4 + 32), span_sub(image, header, size)};
    return vendor_md5(pieces, 2, digest) && memcmp(digest, image.at + header - MD5_SIZE, MD5_SIZE) == 0;
}

/* A name of 32 bytes, filled with zeros. */
static bool is_padded_text(span_t image, uint64_t offset, span_t *text)
{
    return vendor_text(image, offset, NAME_SIZE, text) && span_is_filled_with(span_sub(image, offset + text->size, NAME_SIZE - text->size), 0);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t text;
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && !span_has_text_at(image, MAGIC_AT, kinds[kind].magic))
        kind++;
    if (kind == sizeof kinds / sizeof *kinds || !span_holds(image, 0, kinds[kind].header) || !is_padded_text(image, 0, &text) || text.size == 0)
        return false;
    uint64_t header = kinds[kind].header;
    if (!is_padded_text(image, header - MD5_SIZE - NAME_SIZE, &text))
        return false;
    reader_t little = reader_at(image, header - TAIL), big = little;
    uint64_t size   = kinds[kind].big ? read_be32(&big) : read_le32(&little);
    if (kinds[kind].either) /* of the two orders, the one that says less can be right */
        size = min_u64(size, read_be32(&big));
    if (size == 0)
        return false;
    *out = (vendor_image_t){.header = header, .length = header + size, .bits = 64};
    if (span_holds(image, header, size))
        vendor_add_sum(out, "the MD5 of the image does not agree", header, size, 64, md5_agrees(image, header, size));
    vendor_add_part(out, span_from_text("image"), header, size);
    return true;
}

static unsigned wrgg_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t wrgg_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t wrgg_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "wrgg", 0, "not a WRGG header");
    if (vendor_text(image, 0, MAGIC_AT, &text))
        vendor_fact(sink, "wrgg.signature", text);
    if (vendor_text(image, out.header - MD5_SIZE - 32, 32, &text))
        vendor_fact(sink, "wrgg.device", text);
    if (out.header == NEW_HEADER && vendor_text(image, VERSION_AT, 16, &text))
        vendor_fact(sink, "wrgg.version", text);
    if (out.header == NEW_HEADER && vendor_text(image, MODEL_AT, 16, &text))
        vendor_fact(sink, "wrgg.model", text);
    if (out.header == NEW_HEADER && vendor_text(image, BUILD_AT, 16, &text))
        vendor_fact(sink, "wrgg.build", text);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("\x20\x02\x04\x20\x20\x02\x04\x20", MAGIC_AT), MAGIC("\x20\x04\x02\x20\x20\x04\x02\x20", MAGIC_AT),
                                 MAGIC("\x21\x03\x08\x20\x21\x03\x08\x20", MAGIC_AT)};

const extractor_t wrgg_extractor = {
    .id = "wrgg", .name = "D-Link WRG or WRGG image", .specification = "openwrt/firmware-utils, src/mkwrggimg.c and mkwrgimg.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = wrgg_probe, .extent = wrgg_extent, .extract = wrgg_extract,
};
