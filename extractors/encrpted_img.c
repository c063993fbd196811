/* D-Link's encrypted images: "encrpted_img", length of what follows (big-endian), AES-256-CBC, block of flash by block of flash. It holds no
 * checksum that could prove a key, so the ciphertext is only fenced off, and it is looked
 * for at the start of a blob alone. Source: onekey-sec/unblob, handlers/archive/dlink/encrpted_img.py. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 16, AES_BLOCK = 16 };

static bool read_image(span_t image, vendor_image_t *out)
{
    reader_t r      = reader_at(image, 12);
    uint32_t length = read_be32(&r);
    if (!span_has_text_at(image, 0, "encrpted_img") || !reader_ok(&r) || length == 0 || length % AES_BLOCK != 0)
        return false;
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = (uint64_t)HEADER_SIZE + length, .bits = 100};
    vendor_add_part(out, span_from_text("encrypted"), HEADER_SIZE, length);
    return true;
}

static unsigned encrpted_img_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t encrpted_img_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t encrpted_img_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "encrpted-img", 0, "not an encrpted_img");
    sink_limit(sink, HEADER_SIZE, vendor_extent(image, &out) - HEADER_SIZE, "encrypted", "D-Link's encrpted_img: AES-256-CBC");
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("encrpted_img", 0)};

const extractor_t encrpted_img_extractor = {
    .id = "encrpted-img", .name = "D-Link encrpted_img", .specification = "onekey-sec/unblob, handlers/archive/dlink/encrpted_img.py",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .only_at_start = true,
    .probe = encrpted_img_probe, .extent = encrpted_img_extent, .extract = encrpted_img_extract,
};
