/* MediaTek's header of later stages (lk, tee, logo, dtb …). Little-endian: 0x58881688, size of the content, name, load address, mode; in newer
 * images 0x58891689, size of the header, version, type, whether more follow, and the alignment of the size; the rest of 512 bytes is FF. Parts
 * follow each other, each with its header. Source: U-Boot, tools/mtk_image.h; MediaTek's preloader, part.h. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { HEADER_SIZE = 512, EXTENDED_AT = 48, PARTS_MAX = 64, ALIGN_MAX = 1 << 20 };

typedef struct { char name[34]; uint32_t size, load, header_size, type, align; bool is_extended; } part_t;

static bool read_part(span_t image, uint64_t at, part_t *part)
{
    *part          = (part_t){.header_size = HEADER_SIZE, .align = 1};
    reader_t r     = reader_at(image, at);
    uint32_t magic = read_le32(&r);
    part->size     = read_le32(&r);
    span_t name    = read_span(&r, 32);
    part->load     = read_le32(&r);
    reader_skip(&r, 4);
    if (!reader_ok(&r) || magic != 0x58881688 || part->size == 0 || span_sub(image, at, HEADER_SIZE).at == NULL)
        return false;
    soc_text(name, part->name, sizeof part->name);
    r                 = reader_at(image, at + EXTENDED_AT);
    part->is_extended = read_le32(&r) == 0x58891689;
    span_t rest       = span_sub(image, at + EXTENDED_AT, HEADER_SIZE - EXTENDED_AT);
    if (part->is_extended) {
        part->header_size = read_le32(&r);
        reader_skip(&r, 4);
        part->type        = read_le32(&r);
        reader_skip(&r, 4);
        part->align       = max_u64(read_le32(&r), 1) & UINT32_MAX;
    } else if (!span_is_filled_with(rest, 0xFF) && !span_is_filled_with(rest, 0)) {
        return false;
    }
    return part->name[0] != '\0' && part->header_size >= 88 && part->header_size <= 4096 && part->align <= ALIGN_MAX &&
           (part->align & (part->align - 1)) == 0;
}

static uint64_t part_end(uint64_t at, const part_t *part) { return at + round_up((uint64_t)part->header_size + part->size, part->align); }

static unsigned mediatek_lk_probe(span_t image)
{
    part_t part;
    return read_part(image, 0, &part) ? 32 + 48 : 0;
}

static uint64_t mediatek_lk_extent(span_t image)
{
    part_t   part;
    uint64_t at = 0, end = 0;
    for (unsigned i = 0; i < PARTS_MAX && at < image.size && read_part(image, at, &part); i++) {
        end = at + part.header_size + part.size;
        at  = part_end(at, &part);
    }
    return min_u64(end, image.size);
}

static status_t mediatek_lk_extract(span_t image, sink_t *sink)
{
    part_t part;
    if (!read_part(image, 0, &part))
        return status_fail(STATUS_REJECTED, "mediatek-lk", 0, "not a part header");
    partitions_t parts = {.sink = sink};
    uint64_t     at    = 0;
    sink_fact(sink, "boot.vendor", "MediaTek");
    for (unsigned i = 0; i < PARTS_MAX && at < image.size && read_part(image, at, &part); i++) {
        char key[80];
        (void)snprintf(key, sizeof key, "lk.%s.load", part.name);
        sink_claim(sink, at, part.header_size, REGION_STRUCTURE);
        if (part.load != UINT32_MAX)
            sink_fact_printf(sink, key, "0x%x", part.load);
        if (at + part.header_size + part.size > image.size)
            sink_damage(sink, image.size, 0, "the image ends before this part does");
        if (!soc_show(&parts, CHILD_FILE, part.name, at + part.header_size, part.size, NULL))
            break;
        at = part_end(at, &part);
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x88\x16\x88\x58", 0)};

const extractor_t mediatek_lk_extractor = {
    .id = "mediatek_lk", .name = "MediaTek part header", .specification = "U-Boot, tools/mtk_image.h", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 1, .probe = mediatek_lk_probe, .extent = mediatek_lk_extent, .extract = mediatek_lk_extract,
};
