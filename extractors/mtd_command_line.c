/* mtdparts=ID:SIZE[@OFFSET][(NAME)][ro][lk],…[;ID:…]: sizes with k, m or g; "-" is what remains; without offset a part follows the one
 * before it. Each ID is a flash of its own, so each gives a layout. */
#include "extractors/mtd.h"

enum { PLACES_MAX = 256, TEXT_MAX = 4096 };

static bool read_size(reader_t *r, uint64_t *value)
{
    unsigned shift = 0, digits = 0, base = 10;
    span_t   rest  = span_from_offset(r->in, r->pos);
    if (span_has_text_at(rest, 0, "0x")) {
        base = 16;
        reader_skip(r, 2);
    }
    *value = 0;
    for (; reader_left(r) > 0; digits++) {
        uint8_t  c     = r->in.at[r->pos];
        unsigned digit = c >= '0' && c <= '9' ? c - (unsigned)'0' : base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32u) - 'a' + 10u : 99;
        if (digit >= base || !checked_mul(*value, base, value) || !checked_add(*value, digit, value))
            break;
        reader_skip(r, 1);
    }
    uint8_t unit = reader_left(r) > 0 ? r->in.at[r->pos] | 32 : 0;
    shift        = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
    if (shift != 0)
        reader_skip(r, 1);
    return digits > 0 && checked_mul(*value, UINT64_C(1) << shift, value);
}

static uint8_t peek(const reader_t *r) { return reader_left(r) > 0 ? r->in.at[r->pos] : 0; }

static bool skip_word(reader_t *r, const char *word)
{
    if (!span_has_text_at(r->in, r->pos, word))
        return false;
    reader_skip(r, strlen(word));
    return true;
}

/* One part; false when the text is none. `next`: where it begins without an offset of its own. */
static bool read_part(reader_t *r, mtd_layout_t *layout, uint64_t dump_size, uint64_t *next)
{
    uint64_t size = 0, offset = *next;
    bool     rest = peek(r) == '-';
    span_t   name = {NULL, 0};
    if (rest)
        reader_skip(r, 1);
    else if (!read_size(r, &size))
        return false;
    if (peek(r) == '@') {
        reader_skip(r, 1);
        if (!read_size(r, &offset))
            return false;
    }
    if (peek(r) == '(') {
        size_t from = r->pos + 1;
        while (reader_left(r) > 0 && peek(r) != ')')
            reader_skip(r, 1);
        name = span_sub(r->in, from, r->pos - from);
        reader_skip(r, 1);
    }
    while (skip_word(r, "ro") || skip_word(r, "lk") || skip_word(r, "slc"))
        ;
    if (rest)
        size = dump_size > offset ? dump_size - offset : 0;
    return reader_ok(r) && mtd_add(layout, name, offset, size) && checked_add(offset, size, next);
}

/* The layouts of all devices of one text. */
static void read_text(span_t text, uint64_t at, uint64_t dump_size, const mtd_judge_t *judge)
{
    reader_t r = reader_from(text);
    for (bool more = true; more;) {
        mtd_layout_t layout = {.source = "mtdparts of a command line", .found_at = at, .bits = 72};
        uint64_t     next   = 0;
        while (reader_left(&r) > 0 && peek(&r) != ':' && peek(&r) > ' ')
            reader_skip(&r, 1);
        if (peek(&r) != ':')
            return;
        do
            reader_skip(&r, 1);
        while (read_part(&r, &layout, dump_size, &next) && peek(&r) == ',');
        more = peek(&r) == ';';
        reader_skip(&r, 1);
        judge->judge(judge->context, &layout);
    }
}

void mtd_from_command_line(span_t dump, const mtd_judge_t *judge)
{
    static const char key[] = "mtdparts=";
    const uint8_t    *at = dump.at, *end = dump.at + dump.size;
    for (size_t n = 0; n < PLACES_MAX && (at = memmem(at, (size_t)(end - at), key, sizeof key - 1)) != NULL; n++) {
        uint64_t place = (uint64_t)(at - dump.at);
        at += sizeof key - 1;
        /* In an environment the variable's value may repeat the name: mtdparts=mtdparts=… */
        read_text(span_clip(dump, place + sizeof key - 1, TEXT_MAX), place, dump.size, judge);
    }
}
