/* Microcode updates of Intel processors, one or several: header version 1, revision, date (BCD), processor signature, sum, loader version 1,
 * platforms, lengths of data and of all (0: 2000 and 2048); data; perhaps a table of further signatures. All 32-bit words of an update
 * add up to 0, and those of its table. Source: Intel, "Software Developer's Manual", volume 3, "Microcode Update Facilities". */
#include "extractors/extractor.h"

#include <stdio.h>

enum { HEADER = 48, DATA_BY_DEFAULT = 2000, TABLE_HEADER = 20, TABLE_ENTRY = 12, SIZE_MAX_OF_UPDATE = 16 << 20, ALIGNMENT = 16, UPDATES_MAX = 4096 };

typedef struct {
    uint64_t at, size, data;
    uint32_t revision, date, signature, platforms;
    bool     whole, sum_agrees;
} update_t;

static bool is_bcd(uint32_t value)
{
    for (; value != 0; value >>= 4)
        if ((value & 15) > 9)
            return false;
    return true;
}

static bool is_date(uint32_t date) /* MMDDYYYY */
{
    uint32_t year = date & 0xFFFF, day = date >> 16 & 0xFF, month = date >> 24;
    return is_bcd(date) && month >= 1 && month <= 0x12 && day >= 1 && day <= 0x31 && year >= 0x1993 && year < 0x2100;
}

static uint32_t sum32(span_t bytes)
{
    uint32_t sum = 0;
    for (reader_t r = reader_from(bytes); reader_left(&r) >= 4;)
        sum += read_le32(&r);
    return sum;
}

static bool read_update(span_t image, uint64_t at, update_t *u)
{
    reader_t r       = reader_at(image, at);
    uint32_t version = read_le32(&r);
    *u               = (update_t){.at = at, .revision = read_le32(&r)};
    u->date          = read_le32(&r);
    u->signature     = read_le32(&r);
    reader_skip(&r, 4);
    uint32_t loader  = read_le32(&r);
    u->platforms     = read_le32(&r);
    u->data          = read_le32(&r);
    u->size          = read_le32(&r);
    if (u->data == 0) {
        u->data = DATA_BY_DEFAULT;
        u->size = HEADER + DATA_BY_DEFAULT;
    }
    if (!reader_ok(&r) || version != 1 || loader != 1 || !is_date(u->date) || u->signature == 0 || u->platforms > 0xFF || u->data % 4 != 0 ||
        u->size % 4 != 0 || u->size < HEADER + u->data || u->size > SIZE_MAX_OF_UPDATE)
        return false;
    span_t all    = span_sub(image, at, u->size);
    u->whole      = all.at != NULL;
    u->sum_agrees = u->whole && sum32(all) == 0;
    return true;
}

static unsigned intel_microcode_probe(span_t image)
{
    update_t first;
    return read_update(image, 0, &first) ? 32 + 16 + (first.sum_agrees ? 32u : 0u) : 0;
}

/* The update at `at` or, behind filling, the next one; false: there is none. */
static bool next_update(span_t image, uint64_t at, update_t *u)
{
    while (at < image.size && image.at[at] == 0xFF)
        at++;
    return at < image.size && read_update(image, at / ALIGNMENT * ALIGNMENT, u);
}

static uint64_t intel_microcode_extent(span_t image)
{
    update_t u;
    uint64_t end = 0;
    for (size_t i = 0; i < UPDATES_MAX && next_update(image, end, &u) && u.at >= end; i++)
        end = u.at + u.size;
    return min_u64(end, image.size);
}

static void claim_update(span_t image, sink_t *sink, const update_t *u)
{
    sink_claim(sink, u->at, HEADER, REGION_STRUCTURE);
    uint64_t table = HEADER + u->data;
    reader_t r     = reader_at(image, u->at + table);
    uint64_t count = read_le32(&r);
    if (u->size - table < TABLE_HEADER || !reader_ok(&r) || count > (u->size - table - TABLE_HEADER) / TABLE_ENTRY)
        return;
    span_t entries = span_sub(image, u->at + table, TABLE_HEADER + count * TABLE_ENTRY);
    if (entries.at == NULL || count == 0)
        return;
    sink_claim(sink, u->at + table, entries.size, REGION_STRUCTURE);
    if (sum32(entries) != 0)
        sink_damage(sink, u->at + table, entries.size, "the sum of the table of further signatures does not agree");
}

static void say_facts(const update_t *u, sink_t *sink)
{
    sink_fact_printf(sink, "intel-microcode.signature", "%08lX", (unsigned long)u->signature);
    sink_fact_printf(sink, "intel-microcode.platforms", "%02lX", (unsigned long)u->platforms);
    sink_fact_printf(sink, "intel-microcode.revision", "%08lX", (unsigned long)u->revision);
    sink_fact_printf(sink, "intel-microcode.date", "%04lX-%02lX-%02lX", (unsigned long)(u->date & 0xFFFF), (unsigned long)(u->date >> 24),
                     (unsigned long)(u->date >> 16 & 0xFF));
}

static void check_sum(span_t image, sink_t *sink, const update_t *u)
{
    if (!u->whole)
        sink_damage(sink, image.size, 0, "the image ends before the update does");
    else if (!u->sum_agrees)
        sink_damage(sink, u->at, u->size, "the sum of the update does not agree");
}

static status_t show_one(span_t image, sink_t *sink, const update_t *u)
{
    uint64_t length = min_u64(u->size, image.size) - HEADER;
    say_facts(u, sink);
    check_sum(image, sink, u);
    claim_update(image, sink, u);
    sink_limit(sink, HEADER, min_u64(u->data, length), "encrypted", "microcode is encrypted for the processor: not examined");
    sink_claim(sink, HEADER, length, REGION_CONTENT);
    return ok();
}

static status_t intel_microcode_extract(span_t image, sink_t *sink)
{
    update_t u, second;
    uint64_t end   = 0;
    unsigned count = 0;
    if (!read_update(image, 0, &u))
        return status_fail(STATUS_REJECTED, "intel-microcode", 0, "not a microcode update");
    if (!next_update(image, u.size, &second)) /* alone: it would be its own child */
        return show_one(image, sink, &u);
    for (; count < UPDATES_MAX && next_update(image, end, &u) && u.at >= end; count++, end = u.at + u.size) {
        char path[80];
        (void)snprintf(path, sizeof path, "%08lX-%02lX-%08lX-%llX.mcb", (unsigned long)u.signature, (unsigned long)u.platforms,
                       (unsigned long)u.revision, (unsigned long long)u.at);
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
        if (child == NULL)
            break;
        child_range(child, u.at, u.size);
        if (u.whole && !u.sum_agrees)
            child_damage(child, u.at, u.size, "the sum of the update does not agree");
        sink_end_child(sink);
    }
    sink_fact_printf(sink, "intel-microcode.updates", "%u", count);
    return ok();
}

static const magic_t magics[] = {MAGIC("\1\0\0\0", 0)};

const extractor_t intel_microcode_extractor = {
    .id = "intel-microcode", .name = "Intel microcode",
    .specification = "Intel Software Developer's Manual, volume 3, \"Microcode Update Facilities\"",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .only_at_start = true, .probe = intel_microcode_probe,
    .extent = intel_microcode_extent, .extract = intel_microcode_extract,
};
