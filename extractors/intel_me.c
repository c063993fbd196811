/* Region of Intel's management engine: a table "$FPT", at its start or behind 16 bytes of jump code: number of entries, versions of header and
 * entries, length of the header; entries of 32 bytes with name, owner, place, length and flags. Source: me_cleaner (man page and
 * wiki, "FPT"); MEAnalyzer, FPT_Header. Code in it is compressed with tables that only the hardware knows, or encrypted. */
#include "extractors/partition_common.h"

enum { HEADER = 32, ENTRY = 32, ENTRIES_MAX = 128, JUMPS = 16 };

typedef struct { uint64_t at, length; uint32_t flags; span_t name; } entry_t;
typedef struct { uint64_t at, header; unsigned entries; uint8_t version; } table_t;

static bool read_entry(span_t image, const table_t *table, unsigned index, entry_t *entry)
{
    reader_t r  = reader_at(image, table->at + table->header + (uint64_t)ENTRY * index);
    span_t name = read_span(&r, 4);
    reader_skip(&r, 4);
    *entry = (entry_t){.at = read_le32(&r)};
    entry->length = read_le32(&r);
    reader_skip(&r, 12);
    entry->flags = read_le32(&r);
    if (!reader_ok(&r))
        return false;
    while (name.size > 0 && name.at[name.size - 1] == 0)
        name.size--;
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] < ' ' || name.at[i] > '~')
            return false;
    entry->name = name;
    return true;
}

static bool is_used(const entry_t *entry) { return entry->at != 0 && entry->at != UINT32_MAX && entry->length != 0 && entry->length != UINT32_MAX; }

static bool read_table(span_t image, table_t *table)
{
    entry_t entry;
    *table = (table_t){.at = span_has_text_at(image, 0, "$FPT") ? 0 : JUMPS};
    reader_t r     = reader_at(image, table->at + 4);
    uint32_t count = read_le32(&r);
    table->version = read_u8(&r);
    uint8_t entry_version = read_u8(&r);
    table->header  = read_u8(&r);
    if (!span_has_text_at(image, table->at, "$FPT") || !reader_ok(&r) || count == 0 || count > ENTRIES_MAX || table->version < 0x10 ||
        table->version > 0x2F || entry_version != 0x10 || (table->header != HEADER && table->header != HEADER + JUMPS))
        return false;
    if (table->header == HEADER + JUMPS)
        table->header = HEADER; /* the jump code was counted */
    table->entries = count;
    unsigned used  = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!read_entry(image, table, i, &entry))
            return false;
        used += is_used(&entry) && entry.name.size > 0 ? 1 : 0;
    }
    return used > 0;
}

static unsigned intel_me_probe(span_t image)
{
    table_t table;
    return read_table(image, &table) ? 32 + 24 : 0;
}

static uint64_t intel_me_extent(span_t image)
{
    table_t  table;
    entry_t  entry;
    uint64_t end = 0;
    if (!read_table(image, &table))
        return 0;
    for (unsigned i = 0; i < table.entries; i++)
        if (read_entry(image, &table, i, &entry) && is_used(&entry))
            end = max_u64(end, entry.at + entry.length);
    return min_u64(end, image.size);
}

static bool is_code(span_t content)
{
    return span_has_text_at(content, 0, "$CPD") || span_has_text_at(content, 0x1C, "$MN2") || span_has_text_at(content, 0x1C, "$MAN");
}

/* The version of the firmware stands in the manifest of its main partition, behind "$MN2" or "$MAN". */
static void say_version(span_t content, sink_t *sink)
{
    for (size_t at = 0; at + 16 <= content.size && at < 4096; at += 4) {
        if (!span_has_text_at(content, at, "$MN2") && !span_has_text_at(content, at, "$MAN"))
            continue;
        reader_t r     = reader_at(content, at + 8);
        unsigned major = read_le16(&r), minor = read_le16(&r), hotfix = read_le16(&r), build = read_le16(&r);
        sink_fact_printf(sink, "intel-me.version", "%u.%u.%u.%u", major, minor, hotfix, build);
        return;
    }
}

static status_t intel_me_extract(span_t image, sink_t *sink)
{
    table_t      table;
    entry_t      entry;
    partitions_t parts = {.sink = sink};
    if (!read_table(image, &table))
        return status_fail(STATUS_REJECTED, "intel-me", 0, "not a table of partitions");
    sink_claim(sink, 0, table.at, REGION_STRUCTURE); /* the jump code */
    sink_claim(sink, table.at, table.header + (uint64_t)ENTRY * table.entries, REGION_STRUCTURE);
    sink_fact_printf(sink, "intel-me.partitions", "%u", table.entries);
    bool versioned = false;
    for (unsigned i = 0; i < table.entries; i++) {
        if (!read_entry(image, &table, i, &entry) || !is_used(&entry))
            continue;
        span_t content = span_clip(image, entry.at, entry.length);
        if (is_code(content)) {
            sink_limit(sink, entry.at, content.size, "encoding", "code of the management engine, compressed with tables in hardware: not examined");
            if (!versioned)
                say_version(content, sink);
            versioned = true;
        }
        if (!partition_show(&parts, entry.name, i, entry.at, entry.length))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("$FPT", 0), MAGIC("$FPT", JUMPS)};

const extractor_t intel_me_extractor = {
    .id = "intel-me", .name = "Intel management engine", .specification = "me_cleaner and MEAnalyzer, \"$FPT\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = intel_me_probe, .extent = intel_me_extent, .extract = intel_me_extract,
};
