/* Images of D-Link's JBOOT loader, little-endian. In a factory image first an update header (AUH) of 80 bytes: id of the ROM[12], sums, time,
 * place in the flash, 4842, version 2, family. Then a STAG of 16 bytes: mark (FF in a factory image, else the id), id, 2B24, time, length and
 * sum of what follows, sum of the STAG; then SCH2 of 40 bytes: 2124, compression, version 2, load address, length and CRC-32 of the kernel,
 * start address, address, length and CRC-32 of the root file system, CRC-32 of the SCH2 with this field zero, its length; kernel; root file
 * system. Sums are of 16-bit words with the carry added in. Source: openwrt/openwrt, tools/firmware-utils/src/mkdlinkfw{,-lib}.{c,h}. */
#include "extractors/vendor_image.h"

#include <zlib.h>

enum { AUH_SIZE = 80, STAG_SIZE = 16, SCH2_SIZE = 40, AUH_ID_AT = 64, SCH2_CRC_AT = 32 };

static uint16_t sum_of(span_t bytes, uint32_t sum)
{
    size_t i = 0;
    for (; i + 1 < bytes.size; i += 2) {
        sum += (uint32_t)(bytes.at[i + 1] << 8 | bytes.at[i]);
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    if (i < bytes.size)
        sum += (uint32_t)bytes.at[i] - 0xFF;
    while (sum >> 16 != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)sum;
}

static bool crc_agrees(span_t bytes, uint32_t expected) { return bytes.at != NULL && crc32_z(0, bytes.at, bytes.size) == expected; }

static bool sch2_agrees(span_t sch2, uint32_t expected)
{
    static const uint8_t zeros[4];
    uLong                crc = crc32_z(0, sch2.at, SCH2_CRC_AT);
    crc                      = crc32_z(crc, zeros, sizeof zeros);
    return crc32_z(crc, sch2.at + SCH2_CRC_AT + 4, SCH2_SIZE - SCH2_CRC_AT - 4) == expected;
}

/* Is there an update header, and does its sum agree? */
static bool has_auh(span_t image)
{
    static const uint8_t id[] = {0x42, 0x48, 0x02, 0x00, 0x00, 0x00};
    reader_t             r    = reader_at(image, AUH_SIZE - 2);
    return span_starts_with(span_from_offset(image, AUH_ID_AT), span_from(id, sizeof id)) && span_is_filled_with(span_clip(image, 16, 10), 0) &&
           sum_of(span_clip(image, 0, AUH_SIZE - 2), 0) + read_le16(&r) == 0xFFFF && reader_ok(&r);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    uint64_t stag = has_auh(image) ? AUH_SIZE : 0, start = stag + STAG_SIZE + SCH2_SIZE;
    reader_t r    = reader_at(image, stag);
    uint8_t  mark = read_u8(&r), id = read_u8(&r);
    uint16_t magic = read_le16(&r);
    reader_skip(&r, 4);
    uint64_t stag_length = read_le32(&r);
    uint16_t stag_sum = read_le16(&r), tag_sum = read_le16(&r);
    uint16_t sch2_magic = read_le16(&r);
    uint8_t  compression = read_u8(&r), version = read_u8(&r);
    reader_skip(&r, 4);
    uint64_t kernel     = read_le32(&r);
    uint32_t kernel_crc = read_le32(&r);
    reader_skip(&r, 8);
    uint64_t rootfs     = read_le32(&r);
    uint32_t rootfs_crc = read_le32(&r), sch2_crc = read_le32(&r);
    uint16_t sch2_size  = read_le16(&r), command_line = read_le16(&r);
    if (!reader_ok(&r) || magic != 0x2B24 || (mark != 0xFF && mark != id) || sch2_magic != 0x2124 || compression > 3 || version != 2 ||
        sch2_size != SCH2_SIZE || command_line != 0 || kernel == 0 || stag_length != kernel + SCH2_SIZE)
        return false;
    *out = (vendor_image_t){.header = start, .length = start + kernel + rootfs, .bits = 64 + (stag > 0 ? 32 : 0)};
    uint8_t tag[STAG_SIZE - 2];
    memcpy(tag, image.at + stag, sizeof tag);
    tag[0] = id; /* the sum was made before the mark was set */
    vendor_add_sum(out, "the sum of the STAG does not agree", stag, STAG_SIZE, 16, sum_of(span_from(tag, sizeof tag), 0) + tag_sum == 0xFFFF);
    vendor_add_sum(out, "the CRC-32 of the SCH2 does not agree", stag + STAG_SIZE, SCH2_SIZE, 32,
                   sch2_agrees(span_sub(image, stag + STAG_SIZE, SCH2_SIZE), sch2_crc));
    span_t tagged = span_sub(image, stag + STAG_SIZE, stag_length);
    if (tagged.at != NULL) {
        vendor_add_sum(out, "the sum of the kernel does not agree", stag + STAG_SIZE, stag_length, 16, sum_of(tagged, 0) == stag_sum);
        vendor_add_sum(out, "the CRC-32 of the kernel does not agree", start, kernel, 32, crc_agrees(span_sub(image, start, kernel), kernel_crc));
    }
    if (span_holds(image, start + kernel, rootfs) && rootfs > 0)
        vendor_add_sum(out, "the CRC-32 of the root file system does not agree", start + kernel, rootfs, 32,
                       crc_agrees(span_sub(image, start + kernel, rootfs), rootfs_crc));
    vendor_add_part(out, span_from_text("kernel"), start, kernel);
    vendor_add_part(out, span_from_text("rootfs"), start + kernel, rootfs);
    return true;
}

static unsigned jboot_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t jboot_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t jboot_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "jboot", 0, "not a JBOOT image");
    bool factory = out.header > STAG_SIZE + SCH2_SIZE;
    sink_fact(sink, "jboot.kind", factory ? "factory" : "sysupgrade");
    if (factory && vendor_text(image, 0, 12, &text))
        vendor_fact(sink, "jboot.rom_id", text);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("\x04\x04\x24\x2B", 0), MAGIC("\xFF\x04\x24\x2B", 0), MAGIC("\x42\x48\x02\x00\x00\x00", AUH_ID_AT)};

const extractor_t jboot_extractor = {
    .id = "jboot", .name = "D-Link JBOOT image", .specification = "openwrt/firmware-utils, src/mkdlinkfw.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = jboot_probe, .extent = jboot_extent, .extract = jboot_extract,
};
