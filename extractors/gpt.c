/* GPT: the partition table of UEFI. A header ("EFI PART") in the second sector and its twin in the last: revision, size, CRC-32 of itself
 * with this field 0, own and other position, first and last usable sector, GUID of the disk, position, count and size of the
 * entries, CRC-32 of them. An entry: GUID of the type, GUID, first and last sector (inclusive), attributes, name in UTF-16. The first
 * sector holds an MBR that protects it all. Source: UEFI Specification 2.10, 5.3. */
#include "extractors/hybrid.h"
#include "extractors/partition_common.h"
#include "extractors/utf16.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

enum { HEADER = 92, HEADER_MAX = 512, ENTRY_MIN = 128, ENTRIES_MAX = 1024, GUID = 16, NAME_AT = 56, MBR_SIZE = 512 };

typedef struct {
    uint64_t sector, at;     /* size of a sector; where the header stands in the image */
    uint64_t own, other, first, last, entries_at;
    uint32_t size, crc, count, entry_size, entries_crc;
    uint8_t  disk[GUID];
    bool     header_good, entries_good;
} gpt_t;

static uint32_t header_crc(span_t header)
{
    static const uint8_t zeros[4];
    uLong                crc = crc32_z(0, header.at, 16);
    crc                      = crc32_z(crc, zeros, sizeof zeros);
    return (uint32_t)crc32_z(crc, header.at + 20, header.size - 20);
}

/* The header at `at`; false when nothing there can be one. */
static bool read_header(span_t image, uint64_t sector, uint64_t at, gpt_t *gpt)
{
    reader_t r = reader_at(image, at + 12);
    *gpt       = (gpt_t){.sector = sector, .at = at};
    if (!span_has_text_at(image, at, "EFI PART"))
        return false;
    gpt->size = read_le32(&r);
    gpt->crc  = read_le32(&r);
    reader_skip(&r, 4);
    gpt->own   = read_le64(&r);
    gpt->other = read_le64(&r);
    gpt->first = read_le64(&r);
    gpt->last  = read_le64(&r);
    span_t disk = read_span(&r, GUID);
    gpt->entries_at  = read_le64(&r);
    gpt->count       = read_le32(&r);
    gpt->entry_size  = read_le32(&r);
    gpt->entries_crc = read_le32(&r);
    if (!reader_ok(&r) || gpt->size < HEADER || gpt->size > HEADER_MAX || gpt->entry_size < ENTRY_MIN || gpt->entry_size > 4096 || gpt->count > ENTRIES_MAX ||
        gpt->entries_at > UINT64_MAX / 8192 || gpt->own > UINT64_MAX / 8192)
        return false;
    memcpy(gpt->disk, disk.at, GUID);
    span_t header     = span_sub(image, at, gpt->size);
    gpt->header_good  = header.at != NULL && header_crc(header) == gpt->crc;
    span_t entries    = span_sub(image, gpt->entries_at * sector, (uint64_t)gpt->count * gpt->entry_size);
    gpt->entries_good = entries.at != NULL && (uint32_t)crc32_z(0, entries.at, entries.size) == gpt->entries_crc;
    return true;
}

/* The best table that can be had: the first header, or else the one at the end of the image. */
static bool find_table(span_t image, gpt_t *gpt)
{
    static const uint64_t sectors[] = {512, 4096};
    gpt_t                 fallback  = {0};
    for (size_t i = 0; i < 2; i++) {
        if (read_header(image, sectors[i], sectors[i], gpt) && gpt->own == 1) {
            if (gpt->header_good && gpt->entries_good)
                return true;
            if (fallback.sector == 0)
                fallback = *gpt;
        }
        if (image.size >= 4 * sectors[i] && image.size % sectors[i] == 0 && read_header(image, sectors[i], image.size - sectors[i], gpt) &&
            gpt->own == image.size / sectors[i] - 1 && gpt->other == 1 && gpt->header_good && gpt->entries_good)
            return true;
    }
    *gpt = fallback;
    return fallback.sector != 0;
}

static unsigned gpt_probe(span_t image)
{
    gpt_t gpt;
    if (!find_table(image, &gpt))
        return 0;
    if (hybrid_is_volume(image))
        return 64; /* the volume is tried first: a partition that begins with the disk would be that disk again */
    return 64u + (gpt.header_good ? 32u : 0) + (gpt.entries_good ? 32u : 0);
}

static uint64_t gpt_end(const gpt_t *gpt)
{
    uint64_t sectors = max_u64(max_u64(gpt->own, gpt->other), gpt->last);
    return sectors < UINT64_MAX / 8192 ? (sectors + 1) * gpt->sector : UINT64_MAX;
}

static uint64_t gpt_extent(span_t image)
{
    gpt_t gpt;
    return find_table(image, &gpt) ? min_u64(gpt_end(&gpt), image.size) : 0;
}

static void say_guid(sink_t *sink, const char *key, span_t g)
{
    reader_t r = reader_from(g);
    uint32_t a = read_le32(&r);
    uint16_t b = read_le16(&r), c = read_le16(&r), d = read_be16(&r);
    sink_fact_printf(sink, key, "%08" PRIx32 "-%04x-%04x-%04x-%012" PRIx64, a, (unsigned)b, (unsigned)c, (unsigned)d, read_be(&r, 6));
}

static void claim_table(sink_t *sink, span_t image, const gpt_t *gpt)
{
    sink_claim(sink, gpt->at, min_u64(gpt->sector, image.size - gpt->at), REGION_STRUCTURE);
    uint64_t at   = gpt->entries_at * gpt->sector;
    uint64_t size = span_clip(image, at, (uint64_t)gpt->count * gpt->entry_size).size;
    sink_claim(sink, at, size, REGION_STRUCTURE);
    if (!gpt->header_good)
        sink_damage(sink, gpt->at, gpt->size, "the CRC-32 of the header does not hold");
    if (!gpt->entries_good)
        sink_damage(sink, at, size, "the CRC-32 of the partition entries does not hold");
}

/* The twin of the table in use must be there and say the same. */
static void check_twin(sink_t *sink, span_t image, const gpt_t *gpt)
{
    gpt_t    twin;
    uint64_t at = gpt->other < UINT64_MAX / 8192 ? gpt->other * gpt->sector : UINT64_MAX;
    if (at >= image.size) {
        sink_damage(sink, image.size, 0, "the image ends before the other copy of the partition table");
        return;
    }
    if (!read_header(image, gpt->sector, at, &twin)) {
        sink_damage(sink, at, min_u64(gpt->sector, image.size - at), "the other copy of the partition table is not there");
        return;
    }
    claim_table(sink, image, &twin);
    if (twin.entries_good && gpt->entries_good && twin.entries_crc != gpt->entries_crc)
        sink_damage(sink, at, gpt->sector, "the two copies of the partition table are not the same");
}

/* Which partitions of a hybrid are not shown; `known` NULL: all are. */
typedef struct { hybrid_known_t *known; void *context; } filter_t;

static bool is_left_out(const filter_t *filter, span_t image, uint64_t offset, uint64_t length)
{
    enum { VOLUME_AT = 32768 };
    return filter->known != NULL && (offset <= VOLUME_AT || filter->known(filter->context, offset) || span_is_filled_with(span_clip(image, offset, length), 0));
}

static bool show_entry(partitions_t *parts, span_t image, const gpt_t *gpt, uint32_t index, const filter_t *filter)
{
    span_t entry = span_sub(image, gpt->entries_at * gpt->sector + (uint64_t)index * gpt->entry_size, gpt->entry_size);
    if (entry.at == NULL || span_is_filled_with(span_sub(entry, 0, GUID), 0))
        return true;
    char     key[48];
    reader_t r     = reader_at(entry, 32);
    uint64_t first = read_le64(&r), last = read_le64(&r), flags = read_le64(&r);
    buffer_t name  = {0};
    utf16le_append_text(&name, span_sub(entry, NAME_AT, ENTRY_MIN - NAME_AT));
    (void)snprintf(key, sizeof key, "gpt.partition%u.type", (unsigned)index + 1);
    say_guid(parts->sink, key, span_sub(entry, 0, GUID));
    if (flags != 0) {
        (void)snprintf(key, sizeof key, "gpt.partition%u.flags", (unsigned)index + 1);
        sink_fact_printf(parts->sink, key, "%016" PRIx64, flags);
    }
    bool good = true;
    if (first > last || last > UINT64_MAX / 8192)
        sink_damage(parts->sink, (uint64_t)(entry.at - image.at), entry.size, "a partition that ends before it begins");
    else if (!is_left_out(filter, image, first * gpt->sector, (last - first + 1) * gpt->sector))
        good = partition_show(parts, buffer_span(&name), index + 1, first * gpt->sector, (last - first + 1) * gpt->sector);
    buffer_free(&name);
    return good;
}

static void show_table(span_t image, sink_t *sink, const gpt_t *found, const filter_t *filter)
{
    const gpt_t  gpt   = *found;
    partitions_t parts = {.sink = sink};
    if (span_has_text_at(image, 510, "\x55\xAA"))
        sink_claim(sink, 440, MBR_SIZE - 440, REGION_STRUCTURE);
    say_guid(sink, "gpt.disk", span_from(gpt.disk, GUID));
    sink_fact_printf(sink, "gpt.sector", "%" PRIu64, gpt.sector);
    if (gpt.own != 1)
        sink_damage(sink, gpt.sector, gpt.sector, "the first partition table cannot be used: the copy at the end was");
    claim_table(sink, image, &gpt);
    check_twin(sink, image, &gpt);
    for (uint32_t i = 0; i < gpt.count && show_entry(&parts, image, &gpt, i, filter); i++)
        ;
    partitions_free(&parts);
}

static status_t gpt_extract(span_t image, sink_t *sink)
{
    gpt_t gpt;
    if (!find_table(image, &gpt))
        return status_fail(STATUS_REJECTED, "gpt", 0, "no partition table that can be read");
    show_table(image, sink, &gpt, &(filter_t){NULL, NULL});
    return ok();
}

bool hybrid_is_volume(span_t image)
{
    reader_t r       = reader_at(image, 32768 + 128);
    uint16_t little  = read_le16(&r), big = read_be16(&r);
    return span_has_text_at(image, 32768, "\x01" "CD001\x01") && reader_ok(&r) && little == big && (little == 512 || little == 1024 || little == 2048);
}

bool gpt_is_in_volume(span_t image)
{
    gpt_t gpt;
    return find_table(image, &gpt) && gpt.own == 1;
}

void gpt_show_in_volume(span_t image, sink_t *sink, hybrid_known_t *known, void *context)
{
    gpt_t gpt;
    if (find_table(image, &gpt))
        show_table(image, sink, &gpt, &(filter_t){known, context});
}

static const magic_t magics[] = {MAGIC("EFI PART", 512), MAGIC("EFI PART", 4096)};

const extractor_t gpt_extractor = {
    .id = "gpt", .name = "GUID partition table", .specification = "UEFI Specification 2.10, 5.3", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .asked_at_start = true, .probe = gpt_probe, .extent = gpt_extent, .extract = gpt_extract,
};
