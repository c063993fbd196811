/* Container of microcode for AMD processors: "DMA\0", a table (type 0) that maps processors to short numbers, then patches (type 1), each with its
 * length and a header: date (BCD), number of the patch, … processor. Containers may follow one another. Source: Linux,
 * Documentation/arch/x86/microcode.rst and arch/x86/kernel/cpu/microcode/amd.c (layout). */
#include "extractors/extractor.h"

#include <stdio.h>

enum { MAGIC_SIZE = 4, SECTION_HEADER = 8, EQUIVALENCE = 16, TABLE = 0, PATCH = 1, PATCH_HEADER = 32, PATCH_MAX = 1 << 20, PATCHES_MAX = 4096 };

typedef struct { uint64_t at, size; uint32_t date, number; uint16_t processor; } patch_t; /* of the patch itself */

static bool has_magic(span_t image, uint64_t at) { return span_holds(image, at, MAGIC_SIZE) && memcmp(image.at + at, "DMA", MAGIC_SIZE) == 0; }

/* Length of magic and table; 0: not there. */
static uint64_t table_size(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at + MAGIC_SIZE);
    uint32_t type = read_le32(&r), size = read_le32(&r);
    if (!has_magic(image, at) || !reader_ok(&r) || type != TABLE || size < EQUIVALENCE || size % EQUIVALENCE != 0 || size > 1 << 16)
        return 0;
    span_t table = span_sub(image, r.pos, size);
    /* the table ends with an entry of zeros */
    bool ends = table.at != NULL && span_is_filled_with(span_sub(table, size - EQUIVALENCE, EQUIVALENCE), 0);
    return ends ? MAGIC_SIZE + SECTION_HEADER + (uint64_t)size : 0;
}

static bool read_patch(span_t image, uint64_t at, patch_t *patch)
{
    reader_t r    = reader_at(image, at);
    uint32_t type = read_le32(&r);
    *patch        = (patch_t){.size = read_le32(&r), .at = at + SECTION_HEADER};
    patch->date   = read_le32(&r);
    patch->number = read_le32(&r);
    reader_skip(&r, 16);
    patch->processor = read_le16(&r);
    return reader_ok(&r) && type == PATCH && patch->size >= PATCH_HEADER && patch->size <= PATCH_MAX;
}

static unsigned amd_microcode_probe(span_t image)
{
    patch_t  patch;
    uint64_t size = table_size(image, 0);
    return size == 0 ? 0 : 32 + 32 + (read_patch(image, size, &patch) ? 32u : 0u);
}

static uint64_t amd_microcode_extent(span_t image)
{
    uint64_t at = table_size(image, 0);
    patch_t  patch;
    for (uint64_t more; at < image.size;) {
        if (read_patch(image, at, &patch))
            at = patch.at + patch.size;
        else if ((more = table_size(image, at)) > 0)
            at += more;
        else
            break;
    }
    return min_u64(at, image.size);
}

static bool show_patch(span_t image, sink_t *sink, const patch_t *patch)
{
    char path[64];
    sink_claim(sink, patch->at - SECTION_HEADER, SECTION_HEADER + PATCH_HEADER, REGION_STRUCTURE);
    (void)snprintf(path, sizeof path, "%04X-%08lX-%llX.bin", patch->processor, (unsigned long)patch->number, (unsigned long long)patch->at);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, patch->at, patch->size);
    sink_end_child(sink);
    uint64_t held = span_clip(image, patch->at, patch->size).size;
    sink_limit(sink, patch->at, held, "encrypted", "microcode is encrypted or encoded for the processor: not examined");
    return true;
}

static status_t amd_microcode_extract(span_t image, sink_t *sink)
{
    uint64_t at = table_size(image, 0);
    unsigned patches = 0, containers = 1;
    patch_t  patch;
    if (at == 0)
        return status_fail(STATUS_REJECTED, "amd-microcode", 0, "not a container of microcode");
    sink_claim(sink, 0, at, REGION_STRUCTURE);
    for (uint64_t more; at < image.size && patches < PATCHES_MAX;) {
        if (read_patch(image, at, &patch)) {
            if (!show_patch(image, sink, &patch))
                break;
            patches++;
            at = patch.at + patch.size;
        } else if ((more = table_size(image, at)) > 0) {
            sink_claim(sink, at, more, REGION_STRUCTURE);
            containers++;
            at += more;
        } else {
            if (patches == 0 || image.size - at < SECTION_HEADER + PATCH_HEADER)
                sink_damage(sink, at, image.size - at, "not the header of a patch");
            break;
        }
    }
    if (patches == 0 && at >= image.size)
        sink_damage(sink, image.size, 0, "the container ends before its first patch");
    sink_fact_printf(sink, "amd-microcode.containers", "%u", containers);
    sink_fact_printf(sink, "amd-microcode.patches", "%u", patches);
    return ok();
}

static const magic_t magics[] = {MAGIC("DMA\0", 0)};

const extractor_t amd_microcode_extractor = {
    .id = "amd-microcode", .name = "AMD microcode container", .specification = "Linux, arch/x86/kernel/cpu/microcode/amd.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = amd_microcode_probe, .extent = amd_microcode_extent, .extract = amd_microcode_extract,
};
