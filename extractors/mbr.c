/* MBR: the partition table of PCs and SD cards. At 446 of the first sector four entries of 16 bytes: 0x80 when bootable, first sector as
 * cylinder/head/sector, type, last sector, first sector as a number and count (32 bits each, little-endian); 55 AA at 510. An entry of
 * an extended type (05, 0F, 85) holds a chain of such sectors (EBR): their first entry is a logical partition counted from the EBR,
 * their second leads to the next EBR, counted from the extended partition. Sources: UEFI Specification 2.10, 5.2.1; Linux,
 * block/partitions/msdos.c. */
#include "extractors/hybrid.h"
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    SECTOR = 512, TABLE_AT = 446, ENTRY = 16, PRIMARY = 4, SIGNATURE_AT = 510, LOGICAL_FIRST = 5, CHAIN_MAX = 256,
    TYPE_EMPTY = 0, TYPE_PROTECTIVE = 0xEE, DISK_ID_AT = 440
};

typedef struct { uint8_t status, type; uint64_t start, sectors; } entry_t;

static bool is_extended(uint8_t type) { return type == 0x05 || type == 0x0F || type == 0x85; }

static bool has_signature(span_t image, uint64_t at) { return span_has_text_at(image, at + SIGNATURE_AT, "\x55\xAA"); }

static entry_t read_entry(span_t image, uint64_t table, size_t index)
{
    reader_t r = reader_at(image, table + TABLE_AT + index * ENTRY);
    entry_t  e = {.status = read_u8(&r)};
    reader_skip(&r, 3);
    e.type = read_u8(&r);
    reader_skip(&r, 3);
    e.start   = read_le32(&r);
    e.sectors = read_le32(&r);
    return e;
}

static bool entry_is_sane(const entry_t *e)
{
    return (e->status == 0 || e->status == 0x80) && (e->type == TYPE_EMPTY ? e->start == 0 && e->sectors == 0 : e->start > 0 && e->sectors > 0);
}

static bool overlap(const entry_t *a, const entry_t *b)
{
    return a->sectors > 0 && b->sectors > 0 && a->start < b->start + b->sectors && b->start < a->start + a->sectors;
}

/* A boot sector of a file system ends in 55 AA as well, so every entry has to make sense, and one must lie inside. */
static bool read_table(span_t image, entry_t entries[PRIMARY])
{
    if (image.size < SECTOR || !has_signature(image, 0))
        return false;
    bool inside = false;
    for (size_t i = 0; i < PRIMARY; i++) {
        entries[i] = read_entry(image, 0, i);
        if (!entry_is_sane(&entries[i]))
            return false;
        inside = inside || (entries[i].sectors > 0 && entries[i].start < image.size / SECTOR);
        for (size_t j = 0; j < i; j++)
            if (overlap(&entries[i], &entries[j]))
                return false;
    }
    return inside;
}

static bool is_protective(const entry_t entries[PRIMARY])
{
    for (size_t i = 0; i < PRIMARY; i++)
        if (entries[i].type == TYPE_PROTECTIVE)
            return true;
    return false;
}

static unsigned mbr_probe(span_t image)
{
    entry_t entries[PRIMARY];
    if (!read_table(image, entries))
        return 0;
    unsigned bits = 16;
    for (size_t i = 0; i < PRIMARY; i++) {
        uint64_t end = entries[i].start + entries[i].sectors;
        bits += entries[i].sectors == 0 ? 4 : end * SECTOR <= image.size ? 10 : 5;
    }
    return is_protective(entries) ? 16 : bits; /* GPT knows better */
}

static uint64_t mbr_extent(span_t image)
{
    entry_t  entries[PRIMARY];
    uint64_t end = 0;
    if (!read_table(image, entries))
        return 0;
    for (size_t i = 0; i < PRIMARY; i++)
        end = max_u64(end, (entries[i].start + entries[i].sectors) * SECTOR);
    return min_u64(end, image.size);
}

static bool show(partitions_t *parts, const entry_t *entry, uint64_t start, unsigned number)
{
    char key[32];
    (void)snprintf(key, sizeof key, "mbr.partition%u", number);
    sink_fact_printf(parts->sink, key, "type %02x, %" PRIu64 " sectors at %" PRIu64 "%s", (unsigned)entry->type, entry->sectors, start,
                     entry->status == 0x80 ? ", bootable" : "");
    return partition_show(parts, span_from(NULL, 0), number, start * SECTOR, entry->sectors * SECTOR);
}

/* Each link must lead forward inside the extended partition, so that the chain ends. */
static bool show_logical(partitions_t *parts, span_t image, const entry_t *extended)
{
    uint64_t at = extended->start, last = 0;
    for (unsigned n = 0;; n++) {
        if (n == CHAIN_MAX) {
            sink_limit(parts->sink, at * SECTOR, 0, "partitions", "more than 256 logical partitions: the rest was not opened");
            return true;
        }
        if (!span_holds(image, at * SECTOR, SECTOR)) {
            sink_damage(parts->sink, at * SECTOR, 0, "the image ends before this extended boot record");
            return true;
        }
        if (!has_signature(image, at * SECTOR)) {
            sink_damage(parts->sink, at * SECTOR, SECTOR, "an extended boot record without its signature: the chain ends here");
            return true;
        }
        entry_t logical = read_entry(image, at * SECTOR, 0), next = read_entry(image, at * SECTOR, 1);
        sink_claim(parts->sink, at * SECTOR, SECTOR, REGION_STRUCTURE);
        if (logical.type != TYPE_EMPTY && logical.sectors > 0 && !show(parts, &logical, at + logical.start, LOGICAL_FIRST + n))
            return false;
        if (next.type == TYPE_EMPTY || next.sectors == 0)
            return true;
        last = at;
        at   = extended->start + next.start;
        if (at <= last || at >= extended->start + extended->sectors) {
            sink_damage(parts->sink, last * SECTOR, SECTOR, "the chain of extended boot records leads backwards or out of its partition");
            return true;
        }
    }
}

/* The boot code before the table is for the reader of code, not explained by the table. */
static status_t mbr_extract(span_t image, sink_t *sink)
{
    entry_t entries[PRIMARY];
    if (!read_table(image, entries))
        return status_fail(STATUS_REJECTED, "mbr", 0, "not a partition table");
    reader_t r = reader_at(image, DISK_ID_AT);
    sink_fact_printf(sink, "mbr.disk-id", "%08" PRIx32, read_le32(&r));
    sink_claim(sink, DISK_ID_AT, SECTOR - DISK_ID_AT, REGION_STRUCTURE);
    partitions_t parts = {.sink = sink};
    for (size_t i = 0; i < PRIMARY; i++) {
        if (entries[i].sectors == 0)
            continue;
        bool good = is_extended(entries[i].type) ? show_logical(&parts, image, &entries[i]) : show(&parts, &entries[i], entries[i].start, (unsigned)i + 1);
        if (!good)
            break;
    }
    partitions_free(&parts);
    return ok();
}

/* Entries of a hybrid may overlap, begin with the disk, or protect it: only what stands apart is shown. */
void mbr_show_in_volume(span_t image, sink_t *sink, hybrid_known_t *known, void *context)
{
    enum { VOLUME_AT = 32768 };
    partitions_t parts = {.sink = sink};
    if (!has_signature(image, 0))
        return;
    sink_claim(sink, DISK_ID_AT, SECTOR - DISK_ID_AT, REGION_STRUCTURE);
    for (size_t i = 0; i < PRIMARY; i++) {
        entry_t  e  = read_entry(image, 0, i);
        uint64_t at = e.start * SECTOR, length = e.sectors * SECTOR;
        if (e.type == TYPE_PROTECTIVE || length == 0 || at <= VOLUME_AT || at >= image.size || known(context, at) || span_is_filled_with(span_clip(image, at, length), 0))
            continue;
        if (!show(&parts, &e, e.start, (unsigned)i + 1))
            break;
    }
    partitions_free(&parts);
}

static const magic_t magics[] = {MAGIC("\x55\xAA", SIGNATURE_AT)};

const extractor_t mbr_extractor = {
    .id = "mbr", .name = "MBR partition table", .specification = "UEFI Specification 2.10, 5.2.1; Linux, block/partitions/msdos.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .only_at_start = true, .probe = mbr_probe, .extent = mbr_extent, .extract = mbr_extract,
};
