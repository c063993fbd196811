/* Flash of Intel chipsets: a descriptor in its first 4 KiB. At 0x10 stands 5AA5F00F (0FF0A55A), then the maps: places of components, regions,
 * masters and straps in units of 16. A region is 15 bits of first and 15 bits of last block of 4 KiB; one whose last comes before its first is
 * not used. Source: Intel, "Serial Flash Programming Guide"; coreboot, util/ifdtool. */
#include "extractors/partition_common.h"

enum {
    SIGNATURE_AT = 0x10, DESCRIPTOR = 4096, REGIONS_OLD = 8, REGIONS_NEW = 16, BLOCK = 4096, MAPS_END = 0x20, COMPONENT_BYTES = 12,
    CLOCK_20MHZ = 0
};

static const char *const region_names[REGIONS_NEW] = {
    "descriptor", "bios", "me", "gbe", "pdr", "devexp", "bios2", "microcode", "ec", "devexp2", "ie", "10gbe1", "10gbe2",
    "region13", "region14", "ptt",
};

typedef struct { uint64_t first, end; } region_range_t; /* end 0: not used */

typedef struct {
    uint64_t       components_at, regions_at, masters_at;
    unsigned       chips, masters, regions;
    uint32_t       component;
    bool           is_new;
    region_range_t region[REGIONS_NEW];
} descriptor_t;

static bool read_descriptor(span_t image, descriptor_t *d)
{
    reader_t r    = reader_at(image, SIGNATURE_AT + 4);
    uint32_t map0 = read_le32(&r), map1 = read_le32(&r);
    *d = (descriptor_t){.components_at = (map0 & 0xFF) << 4, .chips = (map0 >> 8 & 3) + 1, .regions_at = (map0 >> 16 & 0xFF) << 4,
                        .masters_at = (map1 & 0xFF) << 4, .masters = map1 >> 8 & 7};
    reader_t c   = reader_at(image, d->components_at);
    d->component = read_le32(&c);
    d->is_new    = (d->component >> 17 & 7) != CLOCK_20MHZ; /* as coreboot tells them apart */
    if (!span_has_text_at(image, SIGNATURE_AT, "\x5A\xA5\xF0\x0F") || !reader_ok(&r) || !reader_ok(&c) || d->chips > 2 ||
        d->components_at < MAPS_END || d->regions_at < MAPS_END || d->masters_at < MAPS_END)
        return false;
    d->regions = d->is_new ? REGIONS_NEW : REGIONS_OLD;
    /* the table ends where the next begins */
    if (d->masters_at > d->regions_at && (d->masters_at - d->regions_at) / 4 < d->regions)
        d->regions = (unsigned)((d->masters_at - d->regions_at) / 4);
    reader_t     t    = reader_at(image, d->regions_at);
    uint32_t     mask = d->is_new ? 0x7FFF : 0x1FFF;
    unsigned     used = 0;
    for (unsigned i = 0; i < d->regions; i++) {
        uint32_t entry = read_le32(&t);
        uint64_t first = entry & mask, last = entry >> 16 & mask;
        if (last < first || (i > 0 && entry == 0) || entry == UINT32_MAX)
            continue;
        d->region[i] = (region_range_t){first * BLOCK, (last + 1) * BLOCK};
        used++;
    }
    return reader_ok(&t) && used > 0 && d->region[0].first == 0 && d->region[0].end == DESCRIPTOR;
}

static bool overlap(const descriptor_t *d)
{
    for (unsigned i = 0; i < d->regions; i++)
        for (unsigned j = i + 1; j < d->regions; j++)
            if (d->region[i].first < d->region[j].end && d->region[j].first < d->region[i].end)
                return true;
    return false;
}

static uint64_t end_of(const descriptor_t *d)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < d->regions; i++)
        end = max_u64(end, d->region[i].end);
    return end;
}

static unsigned intel_flash_probe(span_t image)
{
    descriptor_t d;
    return read_descriptor(image, &d) ? 32 + 16 + (overlap(&d) ? 0 : 8) : 0;
}

static uint64_t intel_flash_extent(span_t image)
{
    descriptor_t d;
    return read_descriptor(image, &d) ? min_u64(end_of(&d), image.size) : 0;
}

static void say_facts(const descriptor_t *d, sink_t *sink)
{
    /* three bits a chip in the old layout, four in the new one; 512 KiB is 0 */
    unsigned width = d->is_new ? 4 : 3;
    sink_fact(sink, "intel-flash.layout", d->is_new ? "2" : "1");
    sink_fact_printf(sink, "intel-flash.chips", "%u", d->chips);
    for (unsigned i = 0; i < d->chips; i++)
        sink_fact_printf(sink, i == 0 ? "intel-flash.chip1-size" : "intel-flash.chip2-size", "%llu",
                         (unsigned long long)524288 << (d->component >> (i * width) & ((1u << width) - 1)));
}

static status_t intel_flash_extract(span_t image, sink_t *sink)
{
    descriptor_t d;
    partitions_t parts = {.sink = sink};
    if (!read_descriptor(image, &d))
        return status_fail(STATUS_REJECTED, "intel-flash", 0, "not a flash descriptor");
    say_facts(&d, sink);
    sink_claim(sink, SIGNATURE_AT, MAPS_END - SIGNATURE_AT, REGION_STRUCTURE);
    sink_claim(sink, d.components_at, COMPONENT_BYTES, REGION_STRUCTURE);
    sink_claim(sink, d.regions_at, 4 * (uint64_t)d.regions, REGION_STRUCTURE);
    if (overlap(&d))
        sink_damage(sink, d.regions_at, 4 * (uint64_t)d.regions, "regions of the flash overlap");
    for (unsigned i = 0; i < d.regions; i++) {
        const region_range_t *region = &d.region[i];
        if (region->end > 0 && !partition_show(&parts, span_from_text(region_names[i]), i, region->first, region->end - region->first))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x5A\xA5\xF0\x0F", SIGNATURE_AT)};

const extractor_t intel_flash_extractor = {
    .id = "intel-flash", .name = "Intel flash with descriptor", .specification = "coreboot, util/ifdtool/ifdtool.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = intel_flash_probe, .extent = intel_flash_extent, .extract = intel_flash_extract,
};
