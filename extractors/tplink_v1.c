/* TP-Link's first image header, 512 bytes, big-endian: version 01 00 00 00, vendor[24], text of the version[36], hardware id and revision,
 * region, MD5 at 0x4C, MD5 of a signature, load and entry address of the kernel, length of the image, offset and length of kernel, root
 * file system and boot loader, firmware version, region texts. The MD5 covers the whole image with a known salt in its own place: one for
 * images with a boot loader, one for those without. A kernel alone ("combined") has neither length nor MD5.
 * Source: openwrt/firmware-utils, src/mktplinkfw.c. */
#include "extractors/tplink_common.h"

static const tplink_layout_t layout = {
    .md5_at = 0x4C, .length_at = 0x7C,
    .salts = {{0xDC, 0xD7, 0x3A, 0xA5, 0xC3, 0x95, 0x98, 0xFB, 0xDD, 0xF9, 0xE7, 0xF4, 0x0E, 0xAE, 0x47, 0x38},
              {0x8C, 0xEF, 0x33, 0x5B, 0xD5, 0xC5, 0xCE, 0xFA, 0xA7, 0x9C, 0x28, 0xDA, 0xB2, 0xE9, 0x0F, 0x42}},
};

static bool read_image(span_t image, vendor_image_t *out)
{
    static const uint8_t version[] = {1, 0, 0, 0};
    span_t               vendor, text;
    *out = (vendor_image_t){0};
    if (!span_starts_with(image, span_from(version, sizeof version)) || !vendor_text(image, 4, 24, &vendor) || vendor.size < 3 ||
        !vendor_text(image, 28, 36, &text) || !span_holds(image, 0, TPLINK_HEADER_SIZE))
        return false;
    out->bits = 32 + (span_has_text_at(image, 4, "TP-LINK Technologies") ? 64 : 0);
    return tplink_read_parts(image, &layout, out);
}

static unsigned tplink_v1_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t tplink_v1_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t tplink_v1_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    reader_t       r = reader_at(image, 0x40);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "tplink-v1", 0, "not a TP-Link header of version 1");
    if (vendor_text(image, 4, 24, &text))
        vendor_fact(sink, "tplink.vendor", text);
    if (vendor_text(image, 28, 36, &text))
        vendor_fact(sink, "tplink.version", text);
    sink_fact_printf(sink, "tplink.hardware_id", "0x%08X", (unsigned)read_be32(&r));
    sink_fact_printf(sink, "tplink.hardware_revision", "%u", (unsigned)read_be32(&r));
    sink_fact_printf(sink, "tplink.region", "%u", (unsigned)read_be32(&r));
    r = reader_at(image, 0x98);
    unsigned major = read_be16(&r), minor = read_be16(&r), patch = read_be16(&r);
    sink_fact_printf(sink, "tplink.firmware_version", "%u.%u.%u", major, minor, patch);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("TP-LINK Technologies", 4)};

const extractor_t tplink_v1_extractor = {
    .id = "tplink-v1", .name = "TP-Link image, header version 1", .specification = "openwrt/firmware-utils, src/mktplinkfw.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .asked_at_start = true,
    .probe = tplink_v1_probe, .extent = tplink_v1_extent, .extract = tplink_v1_extract,
};
