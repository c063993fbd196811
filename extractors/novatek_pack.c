/* Novatek NVTPACK_FW_HDR2: the upgrade of cameras on Novatek chips. Little-endian: a GUID of 16 bytes, version 16071515, length of the header, number
 * of partitions, length of everything, kind of checksum (0), a word that makes the checksum zero; then at the end of the header for each partition
 * offset, length, identifier. The checksum is the sum of all 16-bit words and of their numbers, modulo 65536. Source: the "Image
 * header" of the viofo-fw notes; EgorKin/Novatek-FW-info; nvtpack.h of Novatek's SDK. */
#include "extractors/firmware_common.h"

#include <stdio.h>

enum { NVT_FIXED = 40, NVT_ENTRY = 12, NVT_PARTS_MAX = 256, NVT_HEADER_MAX = 4096 };
static const uint8_t guid[16] = {0x07, 0x2E, 0x01, 0xD6, 0xBC, 0x10, 0x91, 0x4F, 0xB2, 0x8A, 0x35, 0x2F, 0x82, 0x26, 0x1A, 0x50};

typedef struct { uint32_t table, count, total, method; } nvt_t;

static bool read_header(span_t image, nvt_t *nvt)
{
    reader_t r = reader_from(image);
    if (!span_starts_with(image, span_from(guid, sizeof guid)))
        return false;
    reader_skip(&r, sizeof guid);
    uint32_t version = read_le32(&r);
    nvt->table       = read_le32(&r);
    nvt->count       = read_le32(&r);
    nvt->total       = read_le32(&r);
    nvt->method      = read_le32(&r);
    return reader_ok(&r) && version == 0x16071515 && nvt->table >= NVT_FIXED && nvt->table <= NVT_HEADER_MAX && nvt->count > 0 &&
           nvt->count <= NVT_PARTS_MAX && nvt->total >= nvt->table + nvt->count * NVT_ENTRY;
}

static bool sum_holds(span_t image, const nvt_t *nvt)
{
    reader_t r     = reader_from(span_sub(image, 0, nvt->total));
    uint32_t sum   = 0;
    for (uint32_t i = 0; i < nvt->total / 2; i++)
        sum += read_le16(&r) + i;
    return reader_ok(&r) && (sum & 0xFFFF) == 0;
}

static unsigned nvt_probe(span_t image)
{
    nvt_t nvt;
    return read_header(image, &nvt) ? 160 : 0;
}

static uint64_t nvt_extent(span_t image)
{
    nvt_t nvt;
    return read_header(image, &nvt) ? min_u64(nvt.total, image.size) : 0;
}

static status_t nvt_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    nvt_t        nvt;
    if (!read_header(image, &nvt))
        return status_fail(STATUS_REJECTED, "novatek_pack", 0, "not an NVTPACK header");
    uint64_t end = nvt.table + (uint64_t)nvt.count * NVT_ENTRY;
    sink_claim(sink, 0, min_u64(end, image.size), REGION_STRUCTURE);
    sink_fact_printf(sink, "nvtpack.partitions", "%u", nvt.count);
    if (nvt.total > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its header says");
    else if (nvt.method == 0 && !sum_holds(image, &nvt))
        sink_damage(sink, 0, nvt.total, "the sum over everything does not come to zero");
    reader_t r = reader_at(image, nvt.table);
    for (uint32_t i = 0; i < nvt.count; i++) {
        uint32_t offset = read_le32(&r), length = read_le32(&r), id = read_le32(&r);
        char     name[32];
        if (!reader_ok(&r)) {
            sink_damage(sink, image.size, 0, "the image ends within the table of partitions");
            break;
        }
        (void)snprintf(name, sizeof name, "partition%u", id);
        if (!partition_show(&parts, span_from_text(name), i, offset, length))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x07\x2E\x01\xD6\xBC\x10\x91\x4F", 0)};

const extractor_t novatek_pack_extractor = {
    .id = "novatek_pack", .name = "Novatek NVTPACK", .specification = "viofo-fw, \"Image header\"; EgorKin/Novatek-FW-info", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = nvt_probe, .extent = nvt_extent, .extract = nvt_extract,
};
