/* UBI: what the registry sees. See ubi.h for the layout. */
#include "extractors/ubi.h"

#include <stdlib.h>

enum { FILL_FACTOR = 4 };

static unsigned ubi_probe(span_t image)
{
    ubi_ec_t  ec;
    ubi_vid_t vid;
    if (ubi_read_ec(image, &ec)) {
        span_t header = span_clip(image, ec.vid_offset, UBI_HEADER);
        /* Where spare bytes stand between the pages, the volume identifier is not where it should be. */
        return ubi_read_vid(header, &vid) ? 96 : span_is_filled_with(header, 0xFF) || header.size < UBI_HEADER ? 64 : 40;
    }
    if (image.size < UBI_HEADER)
        return span_has_text_at(image, 0, "UBI#") && (image.size < 5 || image.at[4] == 1) ? 32 : 0;
    ubi_geometry_t geometry;
    return ubi_find_geometry(image, &geometry) ? 64 : 0;
}

static uint64_t ubi_extent(span_t image)
{
    ubi_geometry_t geometry;
    if (!ubi_find_geometry(image, &geometry))
        return 0;
    return min_u64(ubi_count_pebs(image, &geometry) * geometry.peb_size, image.size);
}

/* ---- headers ---- */

typedef struct { size_t used, free, erased, damaged, foreign; uint64_t erase_count_max; } tally_t;

static void tell_peb(const ubi_t *ubi, size_t index, tally_t *tally)
{
    const ubi_geometry_t *g   = &ubi->geometry;
    const ubi_peb_t      *peb = &ubi->pebs[index];
    uint64_t              at = index * g->peb_size, size = min_u64(g->peb_size, ubi->image.size - at);
    sink_t               *sink = ubi->sink;
    if (peb->ec_good || peb->vid_good)
        sink_claim(sink, at, min_u64(UBI_HEADER, size), REGION_STRUCTURE);
    if (peb->vid_good)
        sink_claim(sink, at + g->vid_offset, UBI_HEADER, REGION_STRUCTURE);
    switch (peb->state) {
    case UBI_PEB_ERASED: tally->erased++; break;
    case UBI_PEB_FREE: tally->free++; break;
    case UBI_PEB_USED:
        tally->used++;
        if (!peb->ec_good)
            sink_damage(sink, at, UBI_HEADER, "the erase counter header of this block cannot be read; its volume identifier can");
        break;
    case UBI_PEB_NAMELESS:
        tally->damaged++;
        sink_damage(sink, at + g->vid_offset, min_u64(UBI_HEADER, size),
                    "the volume identifier of this block cannot be read: nothing tells what its data belongs to");
        break;
    case UBI_PEB_FOREIGN: tally->foreign++; break;
    case UBI_PEB_STRANGE:
        tally->damaged++;
        sink_damage(sink, at, size, "neither header of this block can be read");
        break;
    }
    if (peb->ec_good && (peb->ec.vid_offset != g->vid_offset || peb->ec.data_offset != g->data_offset))
        sink_damage(sink, at, UBI_HEADER, "this block has its data at another place than the others say");
    if (peb->ec_good)
        tally->erase_count_max = max_u64(tally->erase_count_max, peb->ec.erase_count);
}

static void tell_area(const ubi_t *ubi)
{
    const ubi_geometry_t *g     = &ubi->geometry;
    tally_t               tally = {0};
    for (size_t i = 0; i < ubi->count; i++)
        tell_peb(ubi, i, &tally);
    sink_fact_printf(ubi->sink, "ubi.peb-size", "%llu", (unsigned long long)g->peb_size);
    sink_fact_printf(ubi->sink, "ubi.leb-size", "%llu", (unsigned long long)ubi->leb_size);
    sink_fact_printf(ubi->sink, "ubi.vid-header-offset", "%u", g->vid_offset);
    sink_fact_printf(ubi->sink, "ubi.data-offset", "%u", g->data_offset);
    sink_fact_printf(ubi->sink, "ubi.image-sequence", "%u", g->image_seq);
    sink_fact_printf(ubi->sink, "ubi.blocks", "%zu (%zu used, %zu free, %zu erased, %zu damaged, %zu of another image)", ubi->count, tally.used,
                     tally.free, tally.erased, tally.damaged, tally.foreign);
    sink_fact_printf(ubi->sink, "ubi.erase-count-max", "%llu", (unsigned long long)tally.erase_count_max);
    if (g->guessed)
        sink_note(ubi->sink, 0, "only one erase counter header: the size of the blocks is a guess");
    if (tally.foreign > 0)
        sink_note(ubi->sink, 0, "some blocks have the image sequence number of another image and are left out");
    if (ubi->cut)
        sink_damage(ubi->sink, ubi->image.size, 0, "the image ends inside a block");
}

/* ---- everything ---- */

static status_t open_area(ubi_t *ubi)
{
    for (size_t i = 0; i < ubi->count; i++)
        ubi->pebs[i] = ubi_peb_at(ubi->image, &ubi->geometry, i);
    memset(ubi->erased, 0xFF, (size_t)ubi->leb_size);
    tell_area(ubi);
    if (!ubi_choose_copies(ubi))
        return status_fail(STATUS_MEMORY, "ubi", 0, "out of memory");
    ubi_read_table(ubi);
    ubi_read_fastmap(ubi);
    return ubi_show_volumes(ubi);
}

static status_t ubi_extract(span_t image, sink_t *sink)
{
    ubi_t *ubi = calloc(1, sizeof *ubi);
    if (ubi == NULL)
        return status_fail(STATUS_MEMORY, "ubi", 0, "out of memory");
    *ubi            = (ubi_t){.image = image, .sink = sink};
    status_t status = ok();
    if (image.size < UBI_HEADER && ubi_probe(image) > 0) {
        sink_claim(sink, 0, image.size, REGION_STRUCTURE);
        sink_damage(sink, image.size, 0, "the image ends inside its first header");
    } else if (!ubi_find_geometry(image, &ubi->geometry)) {
        status = status_fail(STATUS_REJECTED, "ubi", 0, "no UBI erase block at the start");
    } else {
        ubi->leb_size    = ubi->geometry.peb_size - ubi->geometry.data_offset;
        ubi->count       = ubi_count_pebs(image, &ubi->geometry);
        ubi->cut         = ubi->count * ubi->geometry.peb_size > image.size;
        ubi->fill_budget = FILL_FACTOR * (image.size + ubi->geometry.peb_size);
        ubi->pebs        = calloc(ubi->count + 1, sizeof *ubi->pebs);
        ubi->erased      = malloc((size_t)ubi->leb_size);
        status = ubi->pebs != NULL && ubi->erased != NULL ? open_area(ubi) : status_fail(STATUS_MEMORY, "ubi", 0, "out of memory");
    }
    free(ubi->pebs);
    free(ubi->order);
    free(ubi->erased);
    free(ubi);
    return status.code == STATUS_LIMIT ? ok() : status;
}

/* A block whose first header is lost is found by its second, which stands where the page or part of a page behind the first begins. */
static const magic_t magics[] = {
    MAGIC("UBI#\x01", 0),    MAGIC("UBI!\x01", 64),   MAGIC("UBI!\x01", 512),  MAGIC("UBI!\x01", 1024),
    MAGIC("UBI!\x01", 2048), MAGIC("UBI!\x01", 4096), MAGIC("UBI!\x01", 8192), MAGIC("UBI!\x01", 16384),
};

const extractor_t ubi_extractor = {
    .id = "ubi", .name = "UBI volumes", .specification = "Linux, drivers/mtd/ubi/ubi-media.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = ubi_probe, .extent = ubi_extent, .extract = ubi_extract,
};
