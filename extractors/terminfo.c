/* Compiled terminfo: six 16-bit numbers (magic, bytes of names, booleans, numbers, strings, bytes of the string table), the
 * names, booleans, padding to even, numbers of 16 or 32 bits, offsets of strings, the strings; perhaps an extended part of the
 * same kind behind a header of five numbers. Source: term(5). */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 12, NARROW = 0x11A, WIDE = 0x21E, EXTENDED_HEADER = 10, NAMES_MAX = 512 };

typedef struct { uint64_t end; span_t name; } terminfo_t;

static bool is_printable(span_t s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.at[i] < 0x20 || s.at[i] >= 0x7F)
            return false;
    return true;
}

/* The end of the extended part at `at`, or `at` when there is none. */
static uint64_t extended_end(span_t image, uint64_t at, uint64_t number_size)
{
    reader_t r        = reader_at(image, round_up(at, 2));
    uint64_t booleans = read_le16(&r), numbers = read_le16(&r), strings = read_le16(&r), offsets = read_le16(&r), table = read_le16(&r);
    uint64_t end      = round_up(round_up(at, 2) + EXTENDED_HEADER + booleans, 2) + numbers * number_size + offsets * 2 + table;
    bool     sound    = reader_ok(&r) && offsets >= strings && booleans + numbers + strings > 0 && end <= image.size;
    return sound ? end : at;
}

static bool read_terminfo(span_t image, terminfo_t *t)
{
    reader_t r     = reader_from(image);
    uint16_t magic = read_le16(&r), names = read_le16(&r), booleans = read_le16(&r), numbers = read_le16(&r), strings = read_le16(&r), table = read_le16(&r);
    t->name        = read_span(&r, names);
    if (!reader_ok(&r) || (magic != NARROW && magic != WIDE) || names < 2 || names > NAMES_MAX || booleans > 64 || numbers > 64 || strings > 512)
        return false;
    if (t->name.at[names - 1] != 0 || !is_printable(span_clip(t->name, 0, names - 1u)))
        return false;
    uint64_t number_size = magic == WIDE ? 4 : 2;
    uint64_t end         = round_up(HEADER_SIZE + (uint64_t)names + booleans, 2) + numbers * number_size + strings * UINT64_C(2) + table;
    if (end > image.size)
        return false;
    t->end = extended_end(image, end, number_size);
    return image.size - t->end < 2; /* nothing but a byte to make it even may follow */
}

static unsigned terminfo_probe(span_t image)
{
    terminfo_t t;
    return read_terminfo(image, &t) ? 16 + 32 : 0;
}

static uint64_t terminfo_extent(span_t image)
{
    terminfo_t t;
    return read_terminfo(image, &t) ? t.end : 0;
}

static status_t terminfo_extract(span_t image, sink_t *sink)
{
    terminfo_t t;
    if (!read_terminfo(image, &t))
        return status_fail(STATUS_REJECTED, "terminfo", 0, "not a compiled terminfo entry");
    sink_fact_printf(sink, "terminfo.names", "%.*s", (int)t.name.size - 1, (const char *)t.name.at);
    sink_claim(sink, 0, t.end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x1A\x01", 0), MAGIC("\x1E\x02", 0)};

const extractor_t terminfo_extractor = {
    .id = "terminfo", .name = "Compiled terminfo entry", .specification = "term(5)", .reach = REACH_VERIFY, .only_at_start = true,
    .magics = magics, .magic_count = 2, .probe = terminfo_probe, .extent = terminfo_extent, .extract = terminfo_extract,
};
