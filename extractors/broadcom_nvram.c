/* NVRAM of Broadcom's boot loader CFE: "FLSH", length with this header, a word whose low byte is a CRC-8 and whose second is the version, two
 * words of memory settings; then NAME=VALUE texts each with a NUL, one more NUL. Little-endian. The CRC-8 (polynomial 0xAB reflected, from FF,
 * not inverted) goes over the header from its tenth byte on, and the rest. Source: Broadcom bcmnvram.h, as in OpenWrt, nvram. */
#include "extractors/extractor.h"

#include <stdio.h>

enum { HEADER = 20, CRC_FROM = 9, LENGTH_MAX = 1 << 20, FACTS_MAX = 512, NAME_MAX_BYTES = 64, POLYNOMIAL = 0xAB };

static uint8_t crc8(span_t bytes)
{
    unsigned crc = 0xFF;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
    }
    return (uint8_t)crc;
}

static uint32_t length_of(span_t image)
{
    reader_t r = reader_at(image, 4);
    uint32_t length = read_le32(&r);
    return span_has_text_at(image, 0, "FLSH") && length > HEADER && length <= LENGTH_MAX && span_holds(image, 0, HEADER) ? length : 0;
}

static bool crc_holds(span_t image, uint32_t length)
{
    span_t covered = span_sub(image, CRC_FROM, length - CRC_FROM);
    return covered.at != NULL && crc8(covered) == image.at[8];
}

static unsigned broadcom_nvram_probe(span_t image)
{
    uint32_t length = length_of(image);
    if (length == 0)
        return 0;
    bool text = span_holds(image, HEADER, 2) && image.at[HEADER] > 0x20 && image.at[HEADER] < 0x7F;
    return 32 + (text ? 8u : 0) + (crc_holds(image, length) ? 8u : 0);
}

static uint64_t broadcom_nvram_extent(span_t image) { return min_u64(length_of(image), image.size); }

static status_t broadcom_nvram_extract(span_t image, sink_t *sink)
{
    uint32_t length = length_of(image);
    if (length == 0)
        return status_fail(STATUS_REJECTED, "broadcom-nvram", 0, "not an NVRAM header");
    uint64_t end = min_u64(length, image.size);
    if (!crc_holds(image, length))
        sink_damage(sink, 0, end, end < length ? "the image ends before the variables do" : "the CRC-8 does not hold");
    sink_claim(sink, 0, end, REGION_STRUCTURE);
    reader_t r = reader_at(span_clip(image, 0, end), HEADER);
    for (unsigned n = 0; reader_left(&r) > 0 && image.at[r.pos] != 0; n++) {
        span_t         rest = span_from_offset(r.in, r.pos);
        const uint8_t *nul = memchr(rest.at, 0, rest.size), *equals = memchr(rest.at, '=', rest.size);
        size_t         size = nul != NULL ? (size_t)(nul - rest.at) : rest.size;
        char           key[NAME_MAX_BYTES + 20];
        if (n < FACTS_MAX && equals != NULL && (size_t)(equals - rest.at) < size) {
            size_t name = (size_t)(equals - rest.at);
            (void)snprintf(key, sizeof key, "broadcom-nvram.%.*s", (int)min_u64(name, NAME_MAX_BYTES), (const char *)rest.at);
            sink_fact_printf(sink, key, "%.*s", (int)min_u64(size - name - 1, TEXT_SHORT_MAX - 1), (const char *)equals + 1);
        }
        reader_skip(&r, min_u64(size + 1, reader_left(&r)));
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("FLSH", 0)};

const extractor_t broadcom_nvram_extractor = {
    .id = "broadcom-nvram", .name = "Broadcom NVRAM", .specification = "Broadcom, bcmnvram.h", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = broadcom_nvram_probe, .extent = broadcom_nvram_extent, .extract = broadcom_nvram_extract,
};
