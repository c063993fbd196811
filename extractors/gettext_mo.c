/* Translations, as msgfmt compiles them: magic number in the byte order of the machine, revision, number of messages, places of
 * two tables of (length, offset) for originals and translations, a hash table. Source: GNU gettext manual, "MO Files". */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 28, DESCRIPTOR = 8 };

typedef struct { uint64_t count, originals, translations, hashes, hash_size; bool is_big; } mo_t;

static uint32_t number(reader_t *r, bool is_big) { return is_big ? read_be32(r) : read_le32(r); }

static bool read_header(span_t image, mo_t *mo)
{
    mo->is_big        = span_has_text_at(image, 0, "\x95\x04\x12\xDE");
    reader_t r        = reader_at(image, 4);
    uint32_t revision = number(&r, mo->is_big);
    mo->count         = number(&r, mo->is_big);
    mo->originals     = number(&r, mo->is_big);
    mo->translations  = number(&r, mo->is_big);
    mo->hash_size     = (uint64_t)number(&r, mo->is_big) * 4;
    mo->hashes        = number(&r, mo->is_big);
    return reader_ok(&r) && (mo->is_big || span_has_text_at(image, 0, "\xDE\x12\x04\x95")) && (revision & 0xFFFF) <= 1 && revision >> 16 <= 1 &&
           span_holds(image, mo->originals, mo->count * DESCRIPTOR) && span_holds(image, mo->translations, mo->count * DESCRIPTOR) &&
           mo->originals >= HEADER_SIZE && mo->translations >= HEADER_SIZE;
}

/* The furthest end of what the tables name; 0 when a text is not where a table says, or has no NUL behind it. */
static uint64_t end_of(span_t image, const mo_t *mo)
{
    uint64_t       end      = mo->hash_size > 0 ? mo->hashes + mo->hash_size : HEADER_SIZE;
    const uint64_t tables[] = {mo->originals, mo->translations};
    for (size_t t = 0; t < 2; t++) {
        reader_t r = reader_at(image, tables[t]);
        end        = max_u64(end, tables[t] + mo->count * DESCRIPTOR);
        for (uint64_t i = 0; i < mo->count; i++) {
            uint64_t length = number(&r, mo->is_big), offset = number(&r, mo->is_big);
            if (!span_holds(image, offset, length + 1) || image.at[offset + length] != 0)
                return 0;
            end = max_u64(end, offset + length + 1);
        }
    }
    return end <= image.size ? end : 0;
}

static unsigned mo_probe(span_t image)
{
    mo_t mo;
    return read_header(image, &mo) && end_of(image, &mo) > 0 ? 32 + 32 : 0;
}

static uint64_t mo_extent(span_t image)
{
    mo_t mo;
    return read_header(image, &mo) ? end_of(image, &mo) : 0;
}

static status_t mo_extract(span_t image, sink_t *sink)
{
    mo_t     mo;
    uint64_t end = read_header(image, &mo) ? end_of(image, &mo) : 0;
    if (end == 0)
        return status_fail(STATUS_REJECTED, "gettext-mo", 0, "not a file of translations");
    sink_fact_printf(sink, "mo.messages", "%llu", (unsigned long long)mo.count);
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xDE\x12\x04\x95", 0), MAGIC("\x95\x04\x12\xDE", 0)};

const extractor_t gettext_mo_extractor = {
    .id = "gettext-mo", .name = "gettext translations", .specification = "GNU gettext manual, \"MO Files\"", .reach = REACH_VERIFY,
    .only_at_start = true, .magics = magics, .magic_count = 2, .probe = mo_probe, .extent = mo_extent, .extract = mo_extract,
};
