/* Ambarella partition: one part of the firmware of cameras on Ambarella chips. Little-endian header of 256 bytes: CRC-32 of the data, version (major
 * and minor), build date (year, month, day), length of the data, load address, flags, 90 EB 24 A3, filled with zeros; then the data.
 * Source: o-gs/dji-firmware-tools, amba_fwpak; storyboardcreativity/Z-Cam-E1-Firmware-Repacker, parsing_types.h. */
#include "extractors/firmware_common.h"

#include <zlib.h>

enum { AMBA_HEADER = 256, AMBA_MAGIC_AT = 24 };

typedef struct { uint32_t crc, version, date, length, address, flags; } amba_t;

static bool read_header(span_t image, amba_t *amba)
{
    reader_t r    = reader_from(image);
    amba->crc     = read_le32(&r);
    amba->version = read_le32(&r);
    amba->date    = read_le32(&r);
    amba->length  = read_le32(&r);
    amba->address = read_le32(&r);
    amba->flags   = read_le32(&r);
    return read_be32(&r) == 0x90EB24A3 && amba->length > 0 && image.size >= AMBA_HEADER &&
           span_is_filled_with(span_sub(image, AMBA_MAGIC_AT + 8, AMBA_HEADER - AMBA_MAGIC_AT - 8), 0);
}

static bool crc_holds(span_t image, const amba_t *amba)
{
    span_t data = span_sub(image, AMBA_HEADER, amba->length);
    return data.at != NULL && (uint32_t)crc32_z(0, data.at, data.size) == amba->crc;
}

static unsigned amba_probe(span_t image)
{
    amba_t amba;
    if (!read_header(image, &amba))
        return 0;
    return 32 + 16 + (crc_holds(image, &amba) ? 32u : 0u);
}

static uint64_t amba_extent(span_t image)
{
    amba_t amba;
    return read_header(image, &amba) ? min_u64(AMBA_HEADER + (uint64_t)amba.length, image.size) : 0;
}

static status_t amba_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    amba_t       amba;
    if (!read_header(image, &amba))
        return status_fail(STATUS_REJECTED, "ambarella_part", 0, "not an Ambarella partition header");
    sink_claim(sink, 0, AMBA_HEADER, REGION_STRUCTURE);
    sink_fact_printf(sink, "ambarella.version", "%u.%u", amba.version >> 16, amba.version & 0xFFFF);
    sink_fact_printf(sink, "ambarella.date", "%u-%02u-%02u", amba.date >> 16, amba.date >> 8 & 255, amba.date & 255);
    sink_fact_printf(sink, "ambarella.address", "0x%08X", amba.address);
    bool        whole  = AMBA_HEADER + (uint64_t)amba.length <= image.size;
    const char *damage = whole && !crc_holds(image, &amba) ? "the CRC-32 of the data does not agree with it" : NULL;
    (void)firmware_show(&parts, &(firmware_part_t){span_from_text("data"), AMBA_HEADER, amba.length, damage}, 0);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x90\xEB\x24\xA3", AMBA_MAGIC_AT)};

const extractor_t ambarella_part_extractor = {
    .id = "ambarella_part", .name = "Ambarella partition", .specification = "o-gs/dji-firmware-tools, amba_fwpak", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = amba_probe, .extent = amba_extent, .extract = amba_extract,
};
