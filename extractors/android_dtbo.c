/* Android DTBO partition: device tree overlays for several boards. Big-endian header of 32 bytes: magic 0xD7B7AB1E, size of all, of the header, of
 * an entry, count of entries, where they stand, page, version. An entry: size and place of a device tree, id, revision, four words (in
 * version 1 the first: how it is packed). Source: AOSP, system/libufdt/utils/src/dt_table.h. */
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdio.h>

enum { HEADER = 32, ENTRY = 32, ENTRIES_MAX = 4096 };

typedef struct { uint32_t total, header, entry, count, entries_at, version; } dtbo_t;

static bool read_header(span_t image, dtbo_t *d)
{
    reader_t r     = reader_from(image);
    bool     right = read_be32(&r) == 0xD7B7AB1E;
    d->total       = read_be32(&r);
    d->header      = read_be32(&r);
    d->entry       = read_be32(&r);
    d->count       = read_be32(&r);
    d->entries_at  = read_be32(&r);
    reader_skip(&r, 4);
    d->version = read_be32(&r);
    return right && reader_ok(&r) && d->header >= HEADER && d->header <= 4096 && d->entry >= ENTRY && d->entry <= 4096 && d->count > 0 && d->count <= ENTRIES_MAX &&
           d->entries_at >= d->header && d->total >= d->entries_at + (uint64_t)d->count * d->entry && d->version <= 1;
}

static unsigned android_dtbo_probe(span_t image)
{
    dtbo_t d;
    return read_header(image, &d) ? 32 + 32 : 0;
}

static uint64_t android_dtbo_extent(span_t image)
{
    dtbo_t d;
    return read_header(image, &d) ? min_u64(d.total, image.size) : 0;
}

static status_t android_dtbo_extract(span_t image, sink_t *sink)
{
    dtbo_t d;
    if (!read_header(image, &d))
        return status_fail(STATUS_REJECTED, "android-dtbo", 0, "not a table of overlays");
    sink_claim(sink, 0, d.header, REGION_STRUCTURE);
    uint64_t there = span_clip(image, d.entries_at, (uint64_t)d.count * d.entry).size;
    sink_claim(sink, min_u64(d.entries_at, image.size), there, REGION_STRUCTURE);
    sink_fact_printf(sink, "android-dtbo.entries", "%" PRIu32, d.count);
    if (d.total > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the table of overlays does");
    partitions_t parts = {.sink = sink};
    for (uint32_t i = 0; i < there / d.entry; i++) {
        reader_t r    = reader_at(image, d.entries_at + (uint64_t)i * d.entry);
        uint32_t size = read_be32(&r), at = read_be32(&r), id = read_be32(&r), revision = read_be32(&r);
        char     name[64];
        int      length = snprintf(name, sizeof name, "%" PRIu32 "-id%" PRIx32 "-rev%" PRIx32 ".dtbo", i, id, revision);
        if ((uint64_t)at + size > d.total)
            sink_damage(sink, d.entries_at + (uint64_t)i * d.entry, d.entry, "an overlay stands outside of the table");
        else if (!partition_show(&parts, span_from(name, (size_t)length), i, at, size))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xD7\xB7\xAB\x1E", 0)};

const extractor_t android_dtbo_extractor = {
    .id = "android-dtbo", .name = "Android device tree overlays (DTBO)", .specification = "AOSP, system/libufdt, dt_table.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = android_dtbo_probe, .extent = android_dtbo_extent, .extract = android_dtbo_extract,
};
