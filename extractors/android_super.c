/* Android's super partition: logical partitions inside one. Little-endian. At 4096 and 8192 the geometry (52 bytes): "gDla" 0x616C4467, size,
 * SHA-256 of itself with the sum zeroed, bytes for one metadata, count of slots, size of a block. Behind it the metadata of each slot, then
 * their copies: header "0PLA" 0x414C5030, version, size, SHA-256 of the header, size and SHA-256 of the tables, places of the tables of
 * partitions (name, attributes, first extent, count, group), extents (sectors, type, sector, device), groups and block devices.
 * Source: AOSP, system/core/fs_mgr/liblp/include/liblp/metadata_format.h. */
#include "base/sha256.h"
#include "extractors/fs_content.h"
#include "extractors/partition_common.h"

#include <inttypes.h>

enum {
    SECTOR = 512, GEOMETRY = 52, GEOMETRY_AT = 4096, GEOMETRY_BLOCK = 4096, HEADER_MIN = 128, HEADER_MAX = 4096, NAME_MAX_BYTES = 36, PARTITION = 52, EXTENT = 24, SUM_AT = 8,
    METADATA_MAX = 1 << 20, SLOTS_MAX = 16, TYPE_LINEAR = 0, TYPE_ZERO = 1, HEADER_SUM_AT = 12, HASH = 32
};

typedef struct { uint32_t at, count, size; } table_t;
typedef struct { uint32_t metadata, slots, block; } geometry_t;
typedef struct { uint64_t at; uint32_t header, tables; table_t partitions, extents; } metadata_t;

static bool sum_is(span_t bytes, span_t sum)
{
    sha256_t digest;
    return bytes.at != NULL && sum.size == HASH && status_ok(sha256_of(bytes, &digest)) && memcmp(&digest, sum.at, HASH) == 0;
}

/* The digest of a structure is taken with its own place zeroed. */
static bool own_sum_holds(span_t bytes, size_t sum_at)
{
    uint8_t copy[HEADER_MAX];
    if (bytes.at == NULL || bytes.size > sizeof copy || sum_at + HASH > bytes.size)
        return false;
    memcpy(copy, bytes.at, bytes.size);
    memset(copy + sum_at, 0, HASH);
    return sum_is(span_from(copy, bytes.size), span_sub(bytes, sum_at, HASH));
}

static bool read_geometry(span_t image, uint64_t at, geometry_t *g)
{
    reader_t r    = reader_at(image, at);
    bool     right = read_le32(&r) == 0x616C4467;
    uint32_t size = read_le32(&r);
    reader_skip(&r, HASH);
    g->metadata = read_le32(&r);
    g->slots    = read_le32(&r);
    g->block    = read_le32(&r);
    return right && reader_ok(&r) && size == GEOMETRY && g->metadata > 0 && g->metadata <= METADATA_MAX && g->metadata % SECTOR == 0 && g->slots > 0 && g->slots <= SLOTS_MAX &&
           own_sum_holds(span_sub(image, at, GEOMETRY), SUM_AT);
}

static bool find_geometry(span_t image, geometry_t *g)
{
    return read_geometry(image, GEOMETRY_AT, g) || read_geometry(image, GEOMETRY_AT + GEOMETRY_BLOCK, g);
}

static table_t read_table(reader_t *r)
{
    table_t t = {.at = read_le32(r)};
    t.count   = read_le32(r);
    t.size    = read_le32(r);
    return t;
}

static bool read_metadata(span_t image, const geometry_t *g, uint64_t at, metadata_t *m)
{
    reader_t r     = reader_at(image, at);
    bool     right = read_le32(&r) == 0x414C5030 && read_le16(&r) == 10;
    reader_skip(&r, 2);
    *m          = (metadata_t){.at = at, .header = read_le32(&r)};
    reader_skip(&r, HASH);
    m->tables   = read_le32(&r);
    span_t sum  = read_span(&r, HASH);
    m->partitions = read_table(&r);
    m->extents    = read_table(&r);
    return right && reader_ok(&r) && m->header >= HEADER_MIN && m->header <= HEADER_MAX && m->tables <= g->metadata - min_u64(m->header, g->metadata) &&
           m->partitions.size >= PARTITION && m->extents.size >= EXTENT && own_sum_holds(span_sub(image, at, m->header), HEADER_SUM_AT) &&
           sum_is(span_sub(image, at + m->header, m->tables), sum);
}

static uint64_t slot_at(const geometry_t *g, uint64_t slot) { return GEOMETRY_AT + 2 * GEOMETRY_BLOCK + slot * g->metadata; }

static bool find_metadata(span_t image, const geometry_t *g, metadata_t *m)
{
    for (uint64_t slot = 0; slot < 2 * (uint64_t)g->slots; slot++) /* the copies follow */
        if (read_metadata(image, g, slot_at(g, slot), m))
            return true;
    return false;
}

static span_t row(span_t image, const metadata_t *m, const table_t *t, uint32_t index)
{
    span_t tables = span_sub(image, m->at + m->header, m->tables);
    return index < t->count ? span_sub(tables, t->at + (uint64_t)index * t->size, t->size) : (span_t){NULL, 0};
}

static unsigned android_super_probe(span_t image)
{
    geometry_t g;
    metadata_t m;
    return !find_geometry(image, &g) ? 0 : find_metadata(image, &g, &m) ? 32 + 128 + 128 : 32 + 128;
}

static uint64_t android_super_extent(span_t image)
{
    geometry_t g;
    metadata_t m;
    if (!find_geometry(image, &g))
        return 0;
    uint64_t end = slot_at(&g, 2 * (uint64_t)g.slots);
    for (uint32_t i = 0; find_metadata(image, &g, &m) && i < m.extents.count; i++) {
        span_t   extent = row(image, &m, &m.extents, i);
        reader_t r      = reader_from(extent);
        uint64_t sectors = read_le64(&r), type = read_le32(&r), sector = read_le64(&r), last;
        if (extent.at == NULL)
            break;
        if (type == TYPE_LINEAR && checked_add(sector, sectors, &last) && checked_mul(last, SECTOR, &last))
            end = max_u64(end, last);
    }
    return min_u64(end, image.size);
}

static status_t write_extents(span_t image, const metadata_t *m, uint32_t first, uint32_t count, child_t *child)
{
    uint64_t size = 0, bytes;
    for (uint32_t i = 0; i < count && i < m->extents.count; i++) {
        reader_t r = reader_from(row(image, m, &m->extents, first + i));
        if (!checked_mul(read_le64(&r), SECTOR, &bytes) || !checked_add(size, bytes, &size))
            size = UINT64_MAX;
    }
    fs_content_t content;
    fs_content_begin(&content, child, image, size);
    for (uint32_t i = 0; i < count && !fs_content_full(&content); i++) {
        span_t   extent = row(image, m, &m->extents, first + i);
        reader_t r      = reader_from(extent);
        uint64_t sectors = read_le64(&r), length;
        uint32_t type    = read_le32(&r);
        uint64_t sector  = read_le64(&r), at;
        uint32_t device  = read_le32(&r);
        if (extent.at == NULL || !checked_mul(sectors, SECTOR, &length) || !checked_mul(sector, SECTOR, &at))
            return fs_content_end_lost(&content, m->at, "an extent that is not in the table, or cannot be right");
        if (type == TYPE_ZERO)
            fs_content_hole(&content, length);
        else if (device != 0)
            fs_content_lost(&content, m->at, 0, length, "an extent stands on another device");
        else
            fs_content_run(&content, at, length);
    }
    return fs_content_end(&content);
}

static bool show_partition(partitions_t *parts, span_t image, const metadata_t *m, uint32_t index)
{
    span_t entry = row(image, m, &m->partitions, index);
    if (entry.at == NULL)
        return true;
    reader_t r    = reader_from(entry);
    span_t   name = read_span(&r, NAME_MAX_BYTES);
    reader_skip(&r, 4);
    uint32_t first = read_le32(&r), count = read_le32(&r);
    child_t *child = sink_child(parts->sink, &(child_info_t){
        .path = partition_name(parts, span_clip(name, 0, strnlen((const char *)name.at, name.size)), index), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    status_t status = write_extents(image, m, first, count, child);
    sink_end_child(parts->sink);
    return status_ok(status);
}

static void claim(sink_t *sink, span_t image, uint64_t at, uint64_t length)
{
    if (at < image.size)
        sink_claim(sink, at, min_u64(length, image.size - at), REGION_STRUCTURE);
}

static status_t android_super_extract(span_t image, sink_t *sink)
{
    geometry_t g;
    metadata_t m;
    if (!find_geometry(image, &g))
        return status_fail(STATUS_REJECTED, "android-super", 0, "no geometry of logical partitions");
    for (uint64_t copy = 0; copy < 2; copy++) {
        geometry_t unused;
        uint64_t   at = GEOMETRY_AT + copy * GEOMETRY_BLOCK;
        claim(sink, image, at, GEOMETRY);
        if (!read_geometry(image, at, &unused))
            sink_damage(sink, min_u64(at, image.size), 0, "a copy of the geometry is damaged");
    }
    for (uint64_t slot = 0; slot < 2 * (uint64_t)g.slots; slot++) {
        metadata_t each;
        if (read_metadata(image, &g, slot_at(&g, slot), &each))
            claim(sink, image, each.at, (uint64_t)each.header + each.tables);
        else if (slot == 0)
            sink_damage(sink, min_u64(slot_at(&g, slot), image.size), 0, "the metadata of the first slot is damaged");
    }
    sink_fact_printf(sink, "android-super.slots", "%" PRIu32, g.slots);
    if (!find_metadata(image, &g, &m)) {
        sink_damage(sink, min_u64(slot_at(&g, 0), image.size), 0, "no metadata can be read: the partitions are not known");
        return ok();
    }
    partitions_t parts = {.sink = sink};
    for (uint32_t i = 0; i < m.partitions.count && row(image, &m, &m.partitions, i).at != NULL && show_partition(&parts, image, &m, i); i++)
        ;
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("gDla\x34\0\0\0", GEOMETRY_AT), MAGIC("gDla\x34\0\0\0", GEOMETRY_AT + GEOMETRY_BLOCK)};

const extractor_t android_super_extractor = {
    .id = "android-super", .name = "Android logical partitions (super)", .specification = "AOSP, liblp/metadata_format.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = android_super_probe, .extent = android_super_extent, .extract = android_super_extract,
};
