/* BSD disklabel: at 512 of the disk or slice (also at 0 or 64): magic 0x82564557, geometry, the magic again at 132, a checksum that makes
 * the exclusive or of all 16-bit words 0, count of partitions, and for each size, offset (sectors), fragment size, type, fragments,
 * cylinders. Offsets count from the disk, or from the slice: partition "c" is the slice itself and tells. In the byte order of the
 * machine. Source: FreeBSD, sys/sys/disklabel.h, disklabel(5). */
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdio.h>

enum { LABEL = 148, ENTRY = 16, PARTITIONS_MAX = 22, RAW = 2 };
#define LABEL_MAGIC UINT32_C(0x82564557)

typedef struct { uint64_t at; bool big; uint32_t sector, count; } label_t;

static uint32_t get32(const label_t *label, span_t image, uint64_t offset)
{
    reader_t r = reader_at(image, label->at + offset);
    return label->big ? read_be32(&r) : read_le32(&r);
}

static uint16_t get16(const label_t *label, span_t image, uint64_t offset)
{
    reader_t r = reader_at(image, label->at + offset);
    return label->big ? read_be16(&r) : read_le16(&r);
}

static bool checksum_holds(const label_t *label, span_t image)
{
    uint16_t sum = 0;
    for (uint64_t at = 0; at < LABEL + (uint64_t)label->count * ENTRY; at += 2)
        sum ^= get16(label, image, at);
    return sum == 0;
}

static bool read_label(span_t image, label_t *label)
{
    static const uint64_t places[] = {512, 0, 64};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int big = 0; big < 2; big++) {
            *label = (label_t){.at = places[i], .big = big != 0};
            if (!span_holds(image, label->at, LABEL) || get32(label, image, 0) != LABEL_MAGIC || get32(label, image, 132) != LABEL_MAGIC)
                continue;
            label->sector = get32(label, image, 40);
            label->count  = get16(label, image, 138);
            if (label->count >= 1 && label->count <= PARTITIONS_MAX && label->sector >= 512 && label->sector <= 8192 && (label->sector & (label->sector - 1)) == 0 &&
                span_holds(image, label->at, LABEL + (uint64_t)label->count * ENTRY) && checksum_holds(label, image))
                return true;
        }
    return false;
}

static uint64_t start_of_slice(const label_t *label, span_t image)
{
    return label->count > RAW ? get32(label, image, LABEL + RAW * ENTRY + 4) : 0;
}

static unsigned bsdlabel_probe(span_t image)
{
    label_t label;
    return read_label(image, &label) ? 64 + 16 : 0;
}

static uint64_t bsdlabel_extent(span_t image)
{
    label_t label;
    if (!read_label(image, &label))
        return 0;
    uint64_t end = label.at + LABEL + (uint64_t)label.count * ENTRY, slice = start_of_slice(&label, image);
    for (uint32_t i = 0; i < label.count; i++) {
        uint64_t size = get32(&label, image, LABEL + i * ENTRY), offset = get32(&label, image, LABEL + i * ENTRY + 4);
        if (size > 0 && offset >= slice)
            end = max_u64(end, (offset - slice + size) * label.sector);
    }
    return min_u64(end, image.size);
}

static status_t bsdlabel_extract(span_t image, sink_t *sink)
{
    label_t label;
    if (!read_label(image, &label))
        return status_fail(STATUS_REJECTED, "bsdlabel", 0, "not a disklabel");
    uint64_t     slice = start_of_slice(&label, image);
    partitions_t parts = {.sink = sink};
    sink_claim(sink, label.at, LABEL + (uint64_t)label.count * ENTRY, REGION_STRUCTURE);
    sink_fact(sink, "bsdlabel.byte-order", label.big ? "big-endian" : "little-endian");
    for (uint32_t i = 0; i < label.count; i++) {
        uint64_t size = get32(&label, image, LABEL + i * ENTRY), offset = get32(&label, image, LABEL + i * ENTRY + 4);
        char     name = (char)('a' + i), key[32];
        if (size == 0)
            continue;
        (void)snprintf(key, sizeof key, "bsdlabel.%c", name);
        reader_t type = reader_at(image, label.at + LABEL + i * ENTRY + 12);
        sink_fact_printf(sink, key, "type %u, %" PRIu64 " sectors at %" PRIu64, (unsigned)read_u8(&type), size, offset);
        if (i == RAW)
            continue; /* all of it */
        if (offset < slice)
            sink_damage(sink, label.at + LABEL + i * ENTRY, ENTRY, "a partition that begins before its slice");
        else if (!partition_show(&parts, span_from(&name, 1), i + 1, (offset - slice) * label.sector, size * label.sector))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x57\x45\x56\x82", 512), MAGIC("\x82\x56\x45\x57", 512), MAGIC("\x57\x45\x56\x82", 0), MAGIC("\x82\x56\x45\x57", 0),
                                 MAGIC("\x57\x45\x56\x82", 64),  MAGIC("\x82\x56\x45\x57", 64)};

const extractor_t bsdlabel_extractor = {
    .id = "bsdlabel", .name = "BSD disklabel", .specification = "FreeBSD, sys/sys/disklabel.h; disklabel(5)", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .only_at_start = true, .probe = bsdlabel_probe, .extent = bsdlabel_extent, .extract = bsdlabel_extract,
};
