#include "extractors/mtd.h"

#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DUMP_MIN = 128 << 10, ALIGNMENT = 512, CONFIRMED_MIN = 3, LOOK = 4096 };

bool mtd_add(mtd_layout_t *layout, span_t name, uint64_t offset, uint64_t size)
{
    uint64_t end;
    if (layout->count == MTD_PARTITIONS_MAX || size == 0 || !checked_add(offset, size, &end))
        return false;
    mtd_partition_t *p = &layout->partitions[layout->count++];
    *p                 = (mtd_partition_t){.offset = offset, .size = size};
    size_t length      = name.at != NULL ? strnlen((const char *)name.at, name.size) : 0;
    if (length > 0)
        memcpy(p->name, name.at, length < MTD_NAME_MAX - 1 ? length : MTD_NAME_MAX - 1);
    return true;
}

/* ---- does a layout fit this dump? ---- */

static int by_offset(const void *a, const void *b)
{
    const mtd_partition_t *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->size > y->size ? -1 : x->size < y->size;
}

static bool inside(const mtd_partition_t *small, const mtd_partition_t *large)
{
    return small->offset >= large->offset && small->offset + small->size <= large->offset + large->size;
}

/* Tables name a whole and its parts ("firmware" over "kernel" and "rootfs"): the parts count. Of two names for one place, the first. */
static void drop_containers(mtd_layout_t *layout)
{
    size_t kept = 0;
    if (layout->count > 0)
        qsort(layout->partitions, layout->count, sizeof *layout->partitions, by_offset);
    for (size_t i = 0; i < layout->count; i++) {
        bool container = i + 1 < layout->count && inside(&layout->partitions[i + 1], &layout->partitions[i]) &&
                         (layout->partitions[i + 1].offset != layout->partitions[i].offset || layout->partitions[i + 1].size != layout->partitions[i].size);
        bool again     = kept > 0 && layout->partitions[kept - 1].offset == layout->partitions[i].offset && layout->partitions[kept - 1].size == layout->partitions[i].size;
        if (!container && !again)
            layout->partitions[kept++] = layout->partitions[i];
    }
    layout->count = kept;
}

/* Does something of a known format begin here, or an erased area? */
static bool confirmed(span_t dump, uint64_t offset)
{
    span_t image = span_from_offset(dump, offset);
    for (size_t i = 0; extractors[i] != NULL; i++)
        for (size_t m = 0; m < extractors[i]->magic_count; m++) {
            const magic_t *magic = &extractors[i]->magics[m];
            span_t         there = span_sub(image, magic->at, magic->bytes.size);
            if (there.at != NULL && span_equal(there, magic->bytes) && extractors[i]->probe(image) >= BITS_ELSEWHERE)
                return true;
        }
    return false;
}

/* A layout is believed when it covers the dump to its last byte and something begins where a part should, or, of a dump cut short or with
 * more behind it, when several things begin where parts should. */
static unsigned bits_of(span_t dump, const mtd_layout_t *layout)
{
    unsigned found = 0;
    uint64_t end   = 0;
    if (layout->count < 2)
        return 0;
    for (size_t i = 0; i < layout->count; i++) {
        const mtd_partition_t *p = &layout->partitions[i];
        if (p->offset % ALIGNMENT != 0 || p->offset < end || p->offset >= dump.size)
            return 0;
        end = p->offset + p->size;
        found += p->offset > 0 && !span_is_filled_with(span_clip(dump, p->offset, LOOK), 0xFF) && confirmed(dump, p->offset);
    }
    bool exact = end == dump.size;
    if (end > dump.size || (exact ? found < 1 : found < CONFIRMED_MIN))
        return 0;
    return layout->bits + found * 40 + (exact ? 32 : 0);
}

typedef struct { span_t dump; mtd_layout_t best; unsigned bits; } search_t;

static void judge(void *context, mtd_layout_t *layout)
{
    search_t *search = context;
    drop_containers(layout);
    unsigned bits = bits_of(search->dump, layout);
    if (bits > search->bits) {
        search->bits = bits;
        search->best = *layout;
    }
}

static void (*const sources[])(span_t dump, const mtd_judge_t *judge) = {
    mtd_from_command_line, mtd_from_device_tree, mtd_from_redboot, mtd_from_qualcomm, mtd_from_mediatek,
};

static void find_layout(span_t dump, search_t *search)
{
    *search            = (search_t){.dump = dump};
    mtd_judge_t judged = {search, judge};
    /* A dump is read in whole sectors; other files are not worth the search. */
    for (size_t i = 0; dump.size >= DUMP_MIN && dump.size % ALIGNMENT == 0 && i < sizeof sources / sizeof *sources; i++)
        sources[i](dump, &judged);
}

/* ---- what the registry sees ---- */

static unsigned mtd_probe(span_t image)
{
    search_t search;
    find_layout(image, &search);
    return search.bits;
}

static uint64_t mtd_extent(span_t image) { return mtd_probe(image) > 0 ? image.size : 0; }

static status_t mtd_extract(span_t image, sink_t *sink)
{
    search_t search;
    find_layout(image, &search);
    if (search.bits == 0)
        return status_fail(STATUS_REJECTED, "mtd", 0, "nothing in it names its partitions");
    const mtd_layout_t *layout = &search.best;
    sink_fact_printf(sink, "mtd.layout", "%s at %" PRIu64, layout->source, layout->found_at);
    partitions_t parts = {.sink = sink};
    for (size_t i = 0; i < layout->count; i++) {
        const mtd_partition_t *p = &layout->partitions[i];
        if (!partition_show(&parts, span_from_text(p->name), (unsigned)i, p->offset, p->size))
            break;
    }
    partitions_free(&parts);
    return ok();
}

const extractor_t mtd_extractor = {
    .id = "mtd", .name = "Flash dump that names its partitions", .specification = "Linux, drivers/mtd/parsers", .reach = REACH_EXTRACT,
    .probe = mtd_probe, .extent = mtd_extent, .extract = mtd_extract,
};
