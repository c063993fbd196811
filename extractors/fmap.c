/* Flash map: a table of named areas somewhere in a flash image. Little-endian: "__FMAP__", version, base address, size of the flash, name, number of
 * areas; areas with place, length, name and flags. An area holds others; those that hold none become parts. One of them should be the map
 * itself, which proves where the image stands in the flash. Source: flashmap project, lib/fmap.h; coreboot, Documentation/lib/flashmap.md. */
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdlib.h>

enum { HEADER = 56, AREA = 42, NAME = 32, AREAS_MAX = 512, FLAG_STATIC_LIMIT = 0x1F };

#define SEARCHED_MAX ((uint64_t)64 << 20)

typedef struct { uint64_t at, length; span_t name; bool holds_others; } area_t;
typedef struct { uint64_t at, base; uint64_t size; unsigned count; area_t *areas; } map_t; /* `base`: where in the flash the image begins */

static span_t read_name(reader_t *r)
{
    span_t name = read_span(r, NAME);
    return name.at == NULL ? name : span_clip(name, 0, strnlen((const char *)name.at, NAME));
}

static bool is_name(span_t name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] <= ' ' || name.at[i] > '~')
            return false;
    return name.size > 0;
}

static bool read_area(span_t image, uint64_t at, unsigned index, area_t *area)
{
    reader_t r    = reader_at(image, at + HEADER + (uint64_t)AREA * index);
    *area         = (area_t){.at = read_le32(&r)};
    area->length  = read_le32(&r);
    area->name    = read_name(&r);
    unsigned flags = read_le16(&r);
    return reader_ok(&r) && is_name(area->name) && flags <= FLAG_STATIC_LIMIT;
}

/* The map at `at`: sound by itself, and with an area that is the map. */
static bool read_map(span_t image, uint64_t at, map_t *map)
{
    reader_t r     = reader_at(image, at + 8);
    unsigned major = read_u8(&r), minor = read_u8(&r);
    reader_skip(&r, 8);
    *map           = (map_t){.at = at, .size = read_le32(&r)};
    span_t name    = read_name(&r);
    map->count     = read_le16(&r);
    if (!reader_ok(&r) || major != 1 || minor > 9 || name.at == NULL || map->count == 0 || map->count > AREAS_MAX)
        return false;
    bool found = false;
    for (unsigned i = 0; i < map->count; i++) {
        area_t area;
        if (!read_area(image, at, i, &area) || area.at + area.length > map->size)
            return false;
        if (!found && area.at >= at && area.length >= HEADER && span_equal(area.name, span_from_text("FMAP"))) {
            map->base = area.at - at;
            found     = true;
        }
    }
    return found;
}

static bool find_map(span_t image, map_t *map)
{
    uint64_t size = min_u64(image.size, SEARCHED_MAX);
    for (uint64_t at = 0; at < size;) {
        const uint8_t *hit = memmem(image.at + at, size - at, "__FMAP__", 8);
        if (hit == NULL)
            return false;
        if (read_map(image, (uint64_t)(hit - image.at), map))
            return true;
        at = (uint64_t)(hit - image.at) + 8;
    }
    return false;
}

/* Behind what knows the parts by other means: a flash descriptor begins its blob. */
static unsigned fmap_probe(span_t image)
{
    map_t map;
    return find_map(image, &map) ? 36 : 0;
}

static uint64_t fmap_extent(span_t image)
{
    map_t map;
    return find_map(image, &map) && map.size > map.base ? min_u64(map.size - map.base, image.size) : 0;
}

static bool holds(const area_t *outer, const area_t *inner)
{
    return outer != inner && inner->length > 0 && outer->at <= inner->at && inner->at + inner->length <= outer->at + outer->length &&
           (outer->length > inner->length || outer < inner);
}

static void mark_outer(map_t *map)
{
    for (unsigned i = 0; i < map->count; i++)
        for (unsigned j = 0; j < map->count && !map->areas[i].holds_others; j++)
            map->areas[i].holds_others = holds(&map->areas[i], &map->areas[j]);
}

static void show_areas(span_t image, sink_t *sink, const map_t *map)
{
    partitions_t parts = {.sink = sink};
    bool         cut   = false;
    for (unsigned i = 0; i < map->count; i++) {
        const area_t *area = &map->areas[i];
        if (area->holds_others || area->length == 0 || area->at < map->base || span_equal(area->name, span_from_text("FMAP")))
            continue;
        uint64_t at = area->at - map->base;
        /* the image may be one region of the flash: what lies wholly outside is not its own */
        cut = cut || at >= image.size;
        if (at < image.size && !partition_show(&parts, area->name, i, at, area->length))
            break;
    }
    if (cut && map->base == 0)
        sink_damage(sink, image.size, 0, "the image ends before the flash does");
    else if (cut)
        sink_note(sink, map->at, "the map tells of areas outside this image");
    partitions_free(&parts);
}

static status_t fmap_extract(span_t image, sink_t *sink)
{
    map_t map;
    if (!find_map(image, &map))
        return status_fail(STATUS_REJECTED, "fmap", 0, "no map of the flash");
    map.areas = calloc(map.count, sizeof *map.areas);
    if (map.areas == NULL)
        return status_fail(STATUS_MEMORY, "fmap", 0, "out of memory");
    for (unsigned i = 0; i < map.count; i++)
        (void)read_area(image, map.at, i, &map.areas[i]);
    mark_outer(&map);
    sink_claim(sink, map.at, HEADER + (uint64_t)AREA * map.count, REGION_STRUCTURE);
    sink_fact_printf(sink, "fmap.areas", "%u", map.count);
    sink_fact_printf(sink, "fmap.flash-size", "%" PRIu64, map.size);
    show_areas(image, sink, &map);
    free(map.areas);
    return ok();
}

const extractor_t fmap_extractor = {
    .id = "fmap", .name = "flash map", .specification = "flashmap, lib/fmap.h", .reach = REACH_EXTRACT,
    .probe = fmap_probe, .extent = fmap_extent, .extract = fmap_extract,
};
