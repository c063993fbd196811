/* Sun disk label: one sector, big-endian. Text of 128 bytes; VTOC: version, volume name, count, tag and flag of eight partitions, sanity
 * 0x600DDEEE; geometry (heads at 436, sectors at 438); at 444 eight entries of first cylinder and count of sectors; magic 0xDABE; a
 * checksum that makes the exclusive or of all 16-bit words 0. Source: Linux, block/partitions/sun.c. */
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdio.h>

enum { SECTOR = 512, PARTITIONS = 8, WHOLE = 2, TABLE_AT = 444, MAGIC_AT = 508, VTOC_TAGS_AT = 142, TEXT_MAX = 128, TAG_WHOLE = 5 };

typedef struct { uint32_t heads, sectors; struct { uint32_t cylinder, count; uint16_t tag; } part[PARTITIONS]; } label_t;

static bool read_label(span_t image, label_t *label)
{
    reader_t r   = reader_from(span_sub(image, 0, SECTOR));
    uint16_t sum = 0;
    for (size_t i = 0; i < SECTOR / 2; i++)
        sum ^= read_be16(&r);
    if (!reader_ok(&r) || sum != 0 || !span_has_text_at(image, MAGIC_AT, "\xDA\xBE"))
        return false;
    reader_t geometry = reader_at(image, 436);
    label->heads      = read_be16(&geometry);
    label->sectors    = read_be16(&geometry);
    reader_t table = reader_at(image, TABLE_AT), tags = reader_at(image, VTOC_TAGS_AT);
    bool     any = false;
    for (size_t i = 0; i < PARTITIONS; i++) {
        label->part[i].cylinder = read_be32(&table);
        label->part[i].count    = read_be32(&table);
        label->part[i].tag      = read_be16(&tags);
        reader_skip(&tags, 2);
        any = any || label->part[i].count > 0;
    }
    return any && label->heads > 0 && label->sectors > 0;
}

static uint64_t start_of(const label_t *label, size_t i) { return (uint64_t)label->part[i].cylinder * label->heads * label->sectors * SECTOR; }

static unsigned sunlabel_probe(span_t image)
{
    label_t label;
    return read_label(image, &label) ? 16 + 16 + 8 : 0;
}

static uint64_t sunlabel_extent(span_t image)
{
    label_t  label;
    uint64_t end = SECTOR;
    if (!read_label(image, &label))
        return 0;
    for (size_t i = 0; i < PARTITIONS; i++)
        end = max_u64(end, start_of(&label, i) + (uint64_t)label.part[i].count * SECTOR);
    return min_u64(end, image.size);
}

static status_t sunlabel_extract(span_t image, sink_t *sink)
{
    label_t label;
    if (!read_label(image, &label))
        return status_fail(STATUS_REJECTED, "sunlabel", 0, "not a disk label");
    char text[TEXT_MAX + 1] = "";
    memcpy(text, image.at, TEXT_MAX);
    sink_fact(sink, "sunlabel.text", text);
    sink_claim(sink, 0, SECTOR, REGION_STRUCTURE);
    partitions_t parts = {.sink = sink};
    for (size_t i = 0; i < PARTITIONS; i++) {
        char name = (char)('a' + i), key[32];
        if (label.part[i].count == 0)
            continue;
        (void)snprintf(key, sizeof key, "sunlabel.%c", name);
        sink_fact_printf(sink, key, "tag %u, %" PRIu32 " sectors at cylinder %" PRIu32, (unsigned)label.part[i].tag, label.part[i].count, label.part[i].cylinder);
        /* The third is by custom the whole disk; a first partition often begins with the label itself. */
        if (i == WHOLE && (label.part[i].cylinder == 0 || label.part[i].tag == TAG_WHOLE))
            continue;
        if (!partition_show(&parts, span_from(&name, 1), (unsigned)i + 1, start_of(&label, i), (uint64_t)label.part[i].count * SECTOR))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xDA\xBE", MAGIC_AT)};

const extractor_t sunlabel_extractor = {
    .id = "sunlabel", .name = "Sun disk label", .specification = "Linux, block/partitions/sun.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .only_at_start = true, .probe = sunlabel_probe, .extent = sunlabel_extent, .extract = sunlabel_extract,
};
