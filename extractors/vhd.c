/* VHD: a disk of Virtual PC and Hyper-V. A footer of 512 bytes, big-endian, at the end (and at the start of dynamic ones): "conectix", features,
 * version, offset of the next header, time (from 2000), creator, original and current size, geometry, type (2 fixed, 3 dynamic,
 * 4 differencing), checksum (inverted sum of all other bytes), UUID. A dynamic disk has a header "cxsparse": offset of the table, count of
 * entries, size of a block, checksum, parent. An entry is the sector of a bitmap (a bit for each sector of the block, padded to a sector)
 * that the block follows; FFFFFFFF: not there. Source: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0. */
#include "extractors/fs_content.h"

#include <inttypes.h>

enum { SECTOR = 512, FOOTER = 512, HEADER = 1024, TYPE_FIXED = 2, TYPE_DYNAMIC = 3, TYPE_DIFFERENCING = 4, BLOCK_MAX = 1 << 28 };
#define EPOCH_2000 INT64_C(946684800)

typedef struct {
    uint64_t footer_at, next, size, table_at;
    uint32_t type, created, entries, block;
    bool     at_start, table_holds;
} vhd_t;

static bool sum_holds(span_t bytes, size_t sum_at)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += i >= sum_at && i < sum_at + 4 ? 0 : bytes.at[i];
    reader_t r = reader_at(bytes, sum_at);
    return read_be32(&r) == ~sum && reader_ok(&r);
}

static bool read_footer(span_t image, uint64_t at, vhd_t *v)
{
    span_t footer = span_sub(image, at, FOOTER);
    if (footer.at == NULL || !span_has_text_at(footer, 0, "conectix") || !sum_holds(footer, 64))
        return false;
    reader_t r   = reader_at(footer, 16);
    v->footer_at = at;
    v->next      = read_be64(&r);
    v->created   = read_be32(&r);
    reader_skip(&r, 20);
    v->size = read_be64(&r);
    reader_skip(&r, 4);
    v->type = read_be32(&r);
    return v->type >= TYPE_FIXED && v->type <= TYPE_DIFFERENCING && v->size > 0 && v->size < UINT64_C(1) << 60;
}

static bool read_table(span_t image, vhd_t *v)
{
    span_t header = span_sub(image, v->next, HEADER);
    if (header.at == NULL || !span_has_text_at(header, 0, "cxsparse"))
        return false;
    reader_t r  = reader_at(header, 16);
    v->table_at = read_be64(&r);
    reader_skip(&r, 4);
    v->entries     = read_be32(&r);
    v->block       = read_be32(&r);
    v->table_holds = sum_holds(header, 36);
    return v->block >= SECTOR && v->block <= BLOCK_MAX && (v->block & (v->block - 1)) == 0 && v->table_at < UINT64_C(1) << 60;
}

/* A dynamic disk begins with a copy of its footer; a fixed one has it at the end alone. */
static bool find(span_t image, vhd_t *v)
{
    *v = (vhd_t){0};
    if (read_footer(image, 0, v) && v->type != TYPE_FIXED && read_table(image, v)) {
        v->at_start = true;
        return true;
    }
    if (image.size < 2 * FOOTER || !read_footer(image, image.size - FOOTER, v))
        return false;
    return v->type == TYPE_FIXED ? v->size <= image.size - FOOTER : read_table(image, v);
}

static unsigned vhd_probe(span_t image)
{
    vhd_t v;
    return find(image, &v) ? 64 + 32 + (v.type == TYPE_FIXED ? 32 : 64) : 0;
}

static uint64_t bitmap_size(const vhd_t *v) { return round_up((v->block / SECTOR + 7) / 8, SECTOR); }

static uint32_t entry_of(span_t image, const vhd_t *v, uint64_t index)
{
    reader_t r = reader_at(image, v->table_at + index * 4);
    return read_be32(&r);
}

static uint64_t entries_there(span_t image, const vhd_t *v) { return min_u64(v->entries, span_clip(image, v->table_at, UINT64_MAX).size / 4); }

static uint64_t vhd_extent(span_t image)
{
    vhd_t v;
    if (!find(image, &v))
        return 0;
    if (v.type == TYPE_FIXED)
        return image.size;
    uint64_t end = round_up(v.table_at + (uint64_t)v.entries * 4, SECTOR);
    for (uint64_t i = 0, count = entries_there(image, &v); i < count; i++) {
        uint32_t sector = entry_of(image, &v, i);
        if (sector != UINT32_MAX)
            end = max_u64(end, (uint64_t)sector * SECTOR + bitmap_size(&v) + v.block);
    }
    if (span_has_text_at(image, end, "conectix"))
        end += FOOTER;
    return min_u64(end, image.size);
}

static void say_facts(const vhd_t *v, sink_t *sink)
{
    static const char *const types[] = {"fixed", "dynamic", "differencing"};
    sink_fact(sink, "vhd.type", types[v->type - TYPE_FIXED]);
    sink_fact_printf(sink, "vhd.size", "%" PRIu64, v->size);
    sink_fact_printf(sink, "vhd.created", "%" PRId64, EPOCH_2000 + v->created);
}

/* A differencing disk holds single sectors of a block, as its bitmap says; the others are the parent's. */
static void write_block(const vhd_t *v, span_t image, fs_content_t *content, uint64_t at)
{
    uint64_t bitmap = bitmap_size(v);
    if (v->type != TYPE_DIFFERENCING) {
        fs_content_run(content, at + bitmap, v->block);
        return;
    }
    for (uint64_t sector = 0; sector < v->block / SECTOR && !fs_content_full(content); sector++) {
        span_t byte = span_sub(image, at + sector / 8, 1);
        if (byte.at != NULL && (byte.at[0] >> (7 - sector % 8) & 1) != 0)
            fs_content_run(content, at + bitmap + sector * SECTOR, SECTOR);
        else
            fs_content_hole(content, SECTOR);
    }
}

static status_t extract_blocks(const vhd_t *v, span_t image, sink_t *sink, child_t *child)
{
    fs_content_t content;
    uint64_t     count = entries_there(image, v);
    fs_content_begin(&content, child, image, v->size);
    for (uint64_t i = 0; i < count && !fs_content_full(&content); i++) {
        uint32_t sector = entry_of(image, v, i);
        uint64_t at     = (uint64_t)sector * SECTOR;
        if (sector == UINT32_MAX) {
            fs_content_hole(&content, v->block);
            continue;
        }
        if (at < image.size)
            sink_claim(sink, at, min_u64(bitmap_size(v), image.size - at), REGION_STRUCTURE);
        write_block(v, image, &content, at);
    }
    return count < v->entries && !fs_content_full(&content) ? fs_content_end_lost(&content, image.size, "the image ends inside the table of blocks") : fs_content_end(&content);
}

static status_t vhd_extract(span_t image, sink_t *sink)
{
    vhd_t v;
    if (!find(image, &v))
        return status_fail(STATUS_REJECTED, "vhd", 0, "not a VHD footer");
    say_facts(&v, sink);
    sink_claim(sink, v.footer_at, FOOTER, REGION_STRUCTURE);
    if (v.type != TYPE_FIXED) {
        sink_claim(sink, v.next, HEADER, REGION_STRUCTURE);
        sink_claim(sink, min_u64(v.table_at, image.size), min_u64(round_up((uint64_t)v.entries * 4, SECTOR), image.size - min_u64(v.table_at, image.size)), REGION_STRUCTURE);
        uint64_t end = vhd_extent(image);
        if (v.at_start && end >= 2 * FOOTER && span_has_text_at(image, end - FOOTER, "conectix"))
            sink_claim(sink, end - FOOTER, FOOTER, REGION_STRUCTURE);
        else if (v.at_start)
            sink_damage(sink, end, 0, "the footer at the end is not there");
        if (!v.table_holds)
            sink_damage(sink, v.next, HEADER, "the checksum of the dynamic disk's header does not hold");
    }
    if (v.type == TYPE_DIFFERENCING)
        sink_limit(sink, v.next, 0, "parent", "a differencing disk: what its parent holds is not here, zeros stand in its place");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    if (v.type != TYPE_FIXED)
        return extract_blocks(&v, image, sink, child);
    child_range(child, 0, v.size);
    return ok();
}

static const magic_t magics[] = {MAGIC("conectix", 0)};

const extractor_t vhd_extractor = {
    .id = "vhd", .name = "Virtual PC disk image", .specification = "Microsoft, Virtual Hard Disk Image Format Specification 1.0", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .asked_at_start = true, .probe = vhd_probe, .extent = vhd_extent, .extract = vhd_extract,
};
