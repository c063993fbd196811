/* TP-Link's second image header, 512 bytes, big-endian but for the version: 2 or 3 (little-endian), text of the version[48], hardware id,
 * revision and additional version, MD5 at 0x40, 0, MD5 of a signature, FFFFFFFF, load and entry address, length of the image, offset and
 * length of kernel, root file system and boot loader, 55AA, second version, A5, version. Nothing in it is a magic worth a search, so it is
 * asked for at the start of a blob only. Source: openwrt/firmware-utils, src/mktplinkfw2.c. */
#include "extractors/tplink_common.h"

static const tplink_layout_t layout = {
    .md5_at = 0x40, .length_at = 0x70,
    .salts = {{0xDC, 0xD7, 0x3A, 0xA5, 0xC3, 0x95, 0x98, 0xFB, 0xDC, 0xF9, 0xE7, 0xF4, 0x0E, 0xAE, 0x47, 0x37},
              {0x8C, 0xEF, 0x33, 0x5F, 0xD5, 0xC5, 0xCE, 0xFA, 0xAC, 0x9C, 0x28, 0xDA, 0xB2, 0xE9, 0x0F, 0x42}},
};

static bool read_image(span_t image, vendor_image_t *out)
{
    reader_t r       = reader_from(image);
    uint32_t version = read_le32(&r);
    span_t   text;
    *out = (vendor_image_t){.bits = 32};
    r    = reader_at(image, 0x8C);
    if (read_be16(&r) != 0x55AA || !span_has_text_at(image, 0x90, "\xA5") || (version != 2 && version != 3) || !vendor_text(image, 4, 48, &text) ||
        !span_holds(image, 0, TPLINK_HEADER_SIZE))
        return false;
    return tplink_read_parts(image, &layout, out);
}

static unsigned tplink_v2_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t tplink_v2_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t tplink_v2_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    reader_t       r = reader_at(image, 0x34);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "tplink-v2", 0, "not a TP-Link header of version 2 or 3");
    if (vendor_text(image, 4, 48, &text))
        vendor_fact(sink, "tplink.version", text);
    sink_fact_printf(sink, "tplink.header_version", "%u", (unsigned)image.at[0]);
    sink_fact_printf(sink, "tplink.hardware_id", "0x%08X", (unsigned)read_be32(&r));
    sink_fact_printf(sink, "tplink.hardware_revision", "%u", (unsigned)read_be32(&r));
    sink_fact_printf(sink, "tplink.hardware_version", "%u", (unsigned)read_be32(&r));
    r = reader_at(image, 0x91);
    unsigned major = read_u8(&r), minor = read_u8(&r), patch = read_u8(&r);
    sink_fact_printf(sink, "tplink.firmware_version", "%u.%u.%u", major, minor, patch);
    return vendor_show(image, sink, &out);
}

const extractor_t tplink_v2_extractor = {
    .id = "tplink-v2", .name = "TP-Link image, header version 2 or 3", .specification = "openwrt/firmware-utils, src/mktplinkfw2.c",
    .reach = REACH_EXTRACT,
    .probe = tplink_v2_probe, .extent = tplink_v2_extent, .extract = tplink_v2_extract,
};
