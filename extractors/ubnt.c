/* Ubiquiti's firmware container. Big-endian: "UBNT" ("OPEN" for others' systems, "GEOS"), version[256], CRC-32 of these 260 bytes, 4 bytes.
 * Then records: "PART", name[16], 12 bytes, address, index, base, entry, length of the data, length of the partition (56 bytes), the data, the
 * CRC-32 over record and data, 4 bytes. At the end "END.", CRC-32 over everything before it, 4 bytes; or "ENDS", an RSA
 * signature of 256 bytes, 4 bytes. Source: openwrt/firmware-utils, src/fw.h, src/mkfwimage.c. */
#include "extractors/firmware_common.h"

#include <zlib.h>

enum { UBNT_HEADER = 268, UBNT_COVERED = 260, UBNT_PART = 56, UBNT_CRC = 8, UBNT_END = 12, UBNT_ENDS = 264, UBNT_NAME = 16 };

typedef struct { uint64_t at, data, end; uint32_t address, index, base, length, room; span_t name; } ubnt_part_t;

static uint32_t crc_of(span_t bytes) { return (uint32_t)crc32_z(0, bytes.at, bytes.size); }
static uint32_t be32_at(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at);
    return read_be32(&r);
}

static bool is_magic(span_t image)
{
    return span_has_text_at(image, 0, "UBNT") || span_has_text_at(image, 0, "OPEN") || span_has_text_at(image, 0, "GEOS");
}

static bool header_crc_holds(span_t image)
{
    return image.size >= UBNT_HEADER && crc_of(span_sub(image, 0, UBNT_COVERED)) == be32_at(image, UBNT_COVERED);
}

static bool read_part(span_t image, uint64_t at, ubnt_part_t *part)
{
    reader_t r = reader_at(image, at + 4 + UBNT_NAME + 12);
    if (!span_holds(image, at, UBNT_PART) || !span_has_text_at(image, at, "PART"))
        return false;
    part->at      = at;
    part->name    = firmware_text(image, at + 4, UBNT_NAME);
    part->address = read_be32(&r);
    part->index   = read_be32(&r);
    part->base    = read_be32(&r);
    reader_skip(&r, 4);
    part->length = read_be32(&r);
    part->room   = read_be32(&r);
    part->data   = at + UBNT_PART;
    part->end    = part->data + part->length + UBNT_CRC;
    return reader_ok(&r);
}

static unsigned ubnt_probe(span_t image)
{
    ubnt_part_t part;
    bool        follows = read_part(image, UBNT_HEADER, &part);
    if (!is_magic(image) || !firmware_is_text(image, 4, min_u64(256, image.size - 4)) || (image.size >= 5 && image.at[4] == 0))
        return 0;
    if (!header_crc_holds(image) && !follows && image.size >= UBNT_HEADER)
        return 0;
    return 32 + (header_crc_holds(image) ? 32u : 0u) + (follows ? 24u : 0u);
}

/* Where the records end, and the bytes of the mark that stands there; 0: none does. */
static uint64_t records_end(span_t image, uint64_t *mark)
{
    ubnt_part_t part;
    uint64_t    at = UBNT_HEADER;
    while (read_part(image, at, &part))
        at = part.end;
    *mark = span_has_text_at(image, at, "END.") ? UBNT_END : span_has_text_at(image, at, "ENDS") ? UBNT_ENDS : 0;
    return at;
}

static uint64_t ubnt_extent(span_t image)
{
    uint64_t mark, end = records_end(image, &mark);
    return min_u64(end + mark, image.size);
}

static bool show_part(span_t image, partitions_t *parts, const ubnt_part_t *part)
{
    span_t      covered = span_sub(image, part->at, UBNT_PART + (uint64_t)part->length);
    const char *damage  = NULL;
    if (covered.at != NULL && span_holds(image, part->end - UBNT_CRC, 4) && crc_of(covered) != be32_at(image, part->end - UBNT_CRC))
        damage = "the CRC-32 of the partition does not agree with it";
    sink_claim(parts->sink, part->at, UBNT_PART, REGION_STRUCTURE);
    if (!firmware_show(parts, &(firmware_part_t){part->name, part->data, part->length, damage}, part->index))
        return false;
    if (part->end - UBNT_CRC < image.size)
        sink_claim(parts->sink, part->end - UBNT_CRC, min_u64(UBNT_CRC, image.size - (part->end - UBNT_CRC)), REGION_STRUCTURE);
    return true;
}

static void show_end(span_t image, sink_t *sink, uint64_t at, uint64_t mark)
{
    if (at >= image.size || mark == 0) {
        sink_damage(sink, min_u64(at, image.size), 0, "the mark of the end is missing");
        return;
    }
    sink_claim(sink, at, min_u64(mark, image.size - at), REGION_STRUCTURE);
    sink_fact(sink, "ubnt.signature", mark == UBNT_ENDS ? "RSA, not checked" : "none");
    if (mark > image.size - at)
        sink_damage(sink, image.size, 0, "the image ends within the mark of its end");
    else if (mark == UBNT_END && crc_of(span_sub(image, 0, at)) != be32_at(image, at + 4))
        sink_damage(sink, at, UBNT_END, "the CRC-32 over everything does not agree with it");
}

static status_t ubnt_extract(span_t image, sink_t *sink)
{
    partitions_t parts  = {.sink = sink};
    ubnt_part_t  part;
    uint64_t     mark, end = records_end(image, &mark);
    unsigned     shown = 0;
    if (ubnt_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "ubnt", 0, "not a Ubiquiti header");
    sink_claim(sink, 0, min_u64(UBNT_HEADER, image.size), REGION_STRUCTURE);
    firmware_fact(sink, "ubnt.version", firmware_text(image, 4, 256));
    if (image.size >= UBNT_HEADER && !header_crc_holds(image))
        sink_damage(sink, 0, UBNT_HEADER, "the CRC-32 of the header does not agree with it");
    for (uint64_t at = UBNT_HEADER; read_part(image, at, &part); at = part.end) {
        if (shown++ == FIRMWARE_PARTS_MAX) {
            sink_limit(sink, at, image.size - at, "entries", "more partitions than are believed");
            break;
        }
        if (!show_part(image, &parts, &part))
            break;
    }
    show_end(image, sink, end, mark);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("UBNT", 0), MAGIC("OPEN", 0), MAGIC("GEOS", 0)};

const extractor_t ubnt_extractor = {
    .id = "ubnt", .name = "Ubiquiti firmware", .specification = "openwrt/firmware-utils, src/fw.h, src/mkfwimage.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 3, .probe = ubnt_probe, .extent = ubnt_extent, .extract = ubnt_extract,
};
