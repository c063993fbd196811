/* HP BDL: the bundle that updates HP's printers. Little-endian: "ibdl", version 1.1 (16 bits each), offset of the table, 4 bytes, number of packages, 12
 * bytes, release[256], brand[256], device[256], 9 bytes, version[256], revision[256]; in the table for each package offset and length of
 * 64 bits. Source: tylerwhall/hpbdl; onekey-sec/unblob, handlers/archive/hp/bdl.py. */
#include "extractors/firmware_common.h"

#include <stdio.h>

enum { BDL_HEADER = 1321, BDL_ENTRY = 16, BDL_TEXT = 256, BDL_RELEASE = 32, BDL_BRAND = 288, BDL_DEVICE = 544, BDL_VERSION = 809, BDL_REVISION = 1065 };

typedef struct { uint64_t table, count, end; } bdl_t;

static bool read_header(span_t image, bdl_t *bdl)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "ibdl"))
        return false;
    reader_skip(&r, 4);
    bool known = read_le16(&r) == 1;
    known      = read_le16(&r) == 1 && known;
    bdl->table = read_le32(&r);
    reader_skip(&r, 4);
    bdl->count = read_le32(&r);
    bdl->end   = bdl->table + bdl->count * BDL_ENTRY;
    return reader_ok(&r) && known && bdl->table >= BDL_HEADER && bdl->count > 0 && bdl->count <= FIRMWARE_PARTS_MAX &&
           firmware_is_text(image, BDL_RELEASE, BDL_TEXT) && firmware_is_text(image, BDL_BRAND, BDL_TEXT) &&
           firmware_is_text(image, BDL_DEVICE, BDL_TEXT) && firmware_is_text(image, BDL_VERSION, BDL_TEXT);
}

/* False: the table ends, or the image does. */
static bool read_entry(span_t image, const bdl_t *bdl, uint64_t number, uint64_t *offset, uint64_t *length)
{
    reader_t r = reader_at(image, bdl->table + number * BDL_ENTRY);
    uint64_t end;
    *offset = read_le64(&r);
    *length = read_le64(&r);
    return number < bdl->count && reader_ok(&r) && checked_add(*offset, *length, &end);
}

static unsigned bdl_probe(span_t image)
{
    bdl_t bdl;
    return read_header(image, &bdl) ? 32 + 32 : 0;
}

static uint64_t bdl_extent(span_t image)
{
    bdl_t    bdl;
    uint64_t offset, length;
    if (!read_header(image, &bdl))
        return 0;
    uint64_t end = bdl.end;
    for (uint64_t i = 0; read_entry(image, &bdl, i, &offset, &length); i++)
        end = max_u64(end, offset + length);
    return min_u64(end, image.size);
}

static status_t bdl_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    bdl_t        bdl;
    uint64_t     offset, length;
    if (!read_header(image, &bdl))
        return status_fail(STATUS_REJECTED, "hp_bdl", 0, "not a BDL header");
    sink_claim(sink, 0, min_u64(BDL_HEADER, image.size), REGION_STRUCTURE);
    if (bdl.table < image.size)
        sink_claim(sink, bdl.table, min_u64(bdl.end, image.size) - bdl.table, REGION_STRUCTURE);
    firmware_fact(sink, "hp_bdl.release", firmware_text(image, BDL_RELEASE, BDL_TEXT));
    firmware_fact(sink, "hp_bdl.brand", firmware_text(image, BDL_BRAND, BDL_TEXT));
    firmware_fact(sink, "hp_bdl.device", firmware_text(image, BDL_DEVICE, BDL_TEXT));
    firmware_fact(sink, "hp_bdl.version", firmware_text(image, BDL_VERSION, BDL_TEXT));
    firmware_fact(sink, "hp_bdl.revision", firmware_text(image, BDL_REVISION, BDL_TEXT));
    for (uint64_t i = 0; i < bdl.count; i++) {
        char name[32];
        if (!read_entry(image, &bdl, i, &offset, &length)) {
            sink_damage(sink, min_u64(bdl.table + i * BDL_ENTRY, image.size), 0, "the table of packages breaks off here");
            break;
        }
        (void)snprintf(name, sizeof name, "package%u", (unsigned)i);
        if (!partition_show(&parts, span_from_text(name), (unsigned)i, offset, length))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("ibdl\1\0\1\0", 0)};

const extractor_t hp_bdl_extractor = {
    .id = "hp_bdl", .name = "HP BDL", .specification = "tylerwhall/hpbdl; onekey-sec/unblob, handlers/archive/hp/bdl.py", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = bdl_probe, .extent = bdl_extent, .extract = bdl_extract,
};
