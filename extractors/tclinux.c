/* The TRX of TrendChip, EcoNet and Zyxel: "2RDH" (big-endian), "HDR2" (little-endian) or "0RDH" (Zyxel's NR7101, big-endian), length of the
 * header (256, 372 or 380), length of all, CRC-32 of the content (not inverted at the end), version[32], customer's version[32], length of
 * kernel, root file system and configuration, model[32], address. Zyxel adds chip[8], board[16], model and versions; with 380 bytes there is
 * one content, and a CRC of the header as well. Source: openwrt/openwrt, target/linux/econet/image/tclinux-trx.sh; openwrt/firmware-utils,
 * src/zytrx.c; EcoNet's trx.h. */
#include "extractors/vendor_image.h"

#include <zlib.h>

enum { PLAIN = 256, ZYXEL = 372, ZYTRX = 380, VERSION_AT = 16, LENGTHS_AT = 80, MODEL_AT = 92, ZYTRX_CRC_AT = 372 };

static bool is_big(span_t image) { return !span_has_text_at(image, 0, "HDR2"); }

static uint32_t read_number(reader_t *r, bool big) { return big ? read_be32(r) : read_le32(r); }

static bool header_crc_agrees(span_t header)
{
    static const uint8_t zeros[4];
    reader_t             r   = reader_at(header, ZYTRX_CRC_AT);
    uLong                crc = crc32_z(0, header.at, ZYTRX_CRC_AT);
    crc                      = crc32_z(crc, zeros, sizeof zeros);
    crc                      = crc32_z(crc, header.at + ZYTRX_CRC_AT + 4, ZYTRX - ZYTRX_CRC_AT - 4);
    return (uint32_t)~crc == read_be32(&r);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    static const char *const names[] = {"kernel", "rootfs", "romfile"};
    bool     big = is_big(image), single = span_has_text_at(image, 0, "0RDH");
    reader_t r   = reader_at(image, 4);
    uint64_t header = read_number(&r, big), length = read_number(&r, big);
    uint32_t crc = read_number(&r, big);
    span_t   text;
    if ((big && !single && !span_has_text_at(image, 0, "2RDH")) || (header != PLAIN && header != ZYXEL && header != ZYTRX) || length <= header ||
        !vendor_text(image, VERSION_AT, 32, &text) || !vendor_text(image, VERSION_AT + 32, 32, &text) || !span_holds(image, 0, header))
        return false;
    *out = (vendor_image_t){.header = header, .length = length, .bits = 48};
    r    = reader_at(image, LENGTHS_AT);
    uint64_t at = header;
    for (size_t i = 0; i < (single ? 1 : 3); i++) {
        uint64_t size = read_number(&r, big);
        if (size > length - at)
            return false;
        vendor_add_part(out, span_from_text(single ? "image" : names[i]), at, size);
        at += size;
    }
    if (at == header)
        return false;
    if (header == ZYTRX)
        vendor_add_sum(out, "the CRC-32 of the header does not agree", 0, ZYTRX, 32, header_crc_agrees(span_clip(image, 0, header)));
    span_t content = span_sub(image, header, length - header);
    if (content.at != NULL)
        vendor_add_sum(out, "the CRC-32 of the content does not agree", header, content.size, 32,
                       (uint32_t)~crc32_z(0, content.at, content.size) == crc);
    return true;
}

static unsigned tclinux_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t tclinux_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t tclinux_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    static const struct { const char *key; uint32_t at, size, since, until; } facts[] = {
        {"tclinux.version", VERSION_AT, 32, PLAIN, ZYTRX},  {"tclinux.customer_version", VERSION_AT + 32, 32, PLAIN, ZYTRX},
        {"tclinux.model", MODEL_AT, 32, PLAIN, ZYXEL},      {"tclinux.chip", 256, 8, ZYXEL, ZYXEL},
        {"tclinux.board", 264, 16, ZYXEL, ZYXEL},           {"tclinux.software_version", 292, 32, ZYXEL, ZYXEL},
        {"tclinux.chip", 260, 8, ZYTRX, ZYTRX},             {"tclinux.board", 268, 16, ZYTRX, ZYTRX},
        {"tclinux.software_version", 296, 32, ZYTRX, ZYTRX},
    };
    span_t text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "tclinux", 0, "not a tclinux header");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (out.header >= facts[i].since && out.header <= facts[i].until && vendor_text(image, facts[i].at, facts[i].size, &text))
            vendor_fact(sink, facts[i].key, text);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("2RDH", 0), MAGIC("HDR2", 0), MAGIC("0RDH", 0)};

const extractor_t tclinux_extractor = {
    .id = "tclinux", .name = "TrendChip or EcoNet TRX (tclinux, zytrx)", .specification = "openwrt/openwrt, target/linux/econet/image/tclinux-trx.sh",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = tclinux_probe, .extent = tclinux_extent, .extract = tclinux_extract,
};
