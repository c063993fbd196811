/* A block: compressed size, original size (32 bits each, little-endian), then bits from the highest of each byte down. The bits come
 * in groups of 16 + three tables + so many symbols: lengths of codes for the table of lengths, lengths of codes for bytes and match
 * lengths, lengths of codes for positions. Codes are canonical: shorter ones first, equal lengths in the order of their symbols.
 * Source: UEFI specification, "Compression Algorithm Specification". */
#include "extractors/codec_efi.h"

enum {
    SYMBOLS = 510, BYTES = 256, MATCH_MIN = 3, /* symbols from 256 on are lengths of matches */
    LENGTH_SYMBOLS = 19, POSITION_SYMBOLS_MAX = 31, CODE_MAX = 16, LENGTH_BITS = 5, SYMBOL_BITS = 9
};

typedef struct { span_t in; uint64_t at; bool failed; } bits_t; /* `at` counts bits */

/* A code of one symbol has no bits at all: `only` is then that symbol. */
typedef struct { uint16_t count[CODE_MAX + 1], symbol[SYMBOLS]; int only; } table_t;

typedef struct { bits_t bits; table_t lengths, symbols, positions; unsigned position_bits; } decoder_t;

static unsigned take(bits_t *bits, unsigned count)
{
    unsigned value = 0;
    for (; count > 0; count--, bits->at++) {
        uint64_t byte = bits->at / 8;
        if (byte >= bits->in.size) {
            bits->failed = true;
            return 0;
        }
        value = value << 1 | (unsigned)(bits->in.at[byte] >> (7 - bits->at % 8) & 1);
    }
    return value;
}

/* False when the lengths are not those of a complete code. */
static bool make_table(table_t *table, const uint8_t *lengths, unsigned count)
{
    uint32_t space = 0;
    uint16_t next[CODE_MAX + 2] = {0};
    *table = (table_t){.only = -1};
    for (unsigned i = 0; i < count; i++)
        table->count[lengths[i]]++;
    table->count[0] = 0;
    for (unsigned length = 1; length <= CODE_MAX; length++) {
        space += (uint32_t)table->count[length] << (CODE_MAX - length);
        next[length + 1] = (uint16_t)(next[length] + table->count[length]);
    }
    if (space != 1u << CODE_MAX)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (lengths[i] != 0)
            table->symbol[next[lengths[i]]++] = (uint16_t)i;
    return true;
}

static unsigned take_symbol(bits_t *bits, const table_t *table)
{
    unsigned code = 0, first = 0, index = 0;
    if (table->only >= 0)
        return (unsigned)table->only;
    for (unsigned length = 1; length <= CODE_MAX; length++) {
        code           = code << 1 | take(bits, 1);
        unsigned count = table->count[length];
        if (code - first < count)
            return table->symbol[index + code - first];
        index += count;
        first = (first + count) << 1;
    }
    bits->failed = true;
    return 0;
}

static bool take_only(bits_t *bits, table_t *table, unsigned width, unsigned symbols)
{
    unsigned only = take(bits, width);
    *table        = (table_t){.only = (int)only};
    return !bits->failed && only < symbols;
}

/* Lengths of up to 6 take three bits, longer ones that many ones more and a zero. Behind the third of the table of lengths two bits say how
 * many zero lengths follow. */
static bool read_short_table(bits_t *bits, table_t *table, unsigned symbols, unsigned width, bool gap_behind_third)
{
    uint8_t  lengths[POSITION_SYMBOLS_MAX + 4] = {0};
    unsigned told = take(bits, width), i = 0;
    if (told == 0)
        return take_only(bits, table, width, symbols);
    if (told > symbols)
        return false;
    while (i < told && !bits->failed) {
        unsigned length = take(bits, 3);
        while (length >= 7 && take(bits, 1) == 1)
            if (++length > CODE_MAX)
                return false;
        lengths[i++] = (uint8_t)length;
        if (gap_behind_third && i == 3)
            i += take(bits, 2);
    }
    return !bits->failed && i <= symbols && make_table(table, lengths, symbols);
}

static bool read_symbol_table(decoder_t *d)
{
    uint8_t  lengths[SYMBOLS] = {0};
    unsigned told = take(&d->bits, SYMBOL_BITS), i = 0;
    if (told == 0)
        return take_only(&d->bits, &d->symbols, SYMBOL_BITS, SYMBOLS);
    if (told > SYMBOLS)
        return false;
    while (i < told && !d->bits.failed) {
        unsigned length = take_symbol(&d->bits, &d->lengths);
        switch (length) {
        case 0: i += 1; break;
        case 1: i += take(&d->bits, 4) + 3; break;
        case 2: i += take(&d->bits, SYMBOL_BITS) + 20; break;
        default: lengths[i++] = (uint8_t)(length - 2); break;
        }
    }
    return !d->bits.failed && i <= SYMBOLS && make_table(&d->symbols, lengths, SYMBOLS);
}

static bool read_tables(decoder_t *d)
{
    return read_short_table(&d->bits, &d->lengths, LENGTH_SYMBOLS, LENGTH_BITS, true) && read_symbol_table(d) &&
           read_short_table(&d->bits, &d->positions, POSITION_SYMBOLS_MAX, d->position_bits, false);
}

static uint64_t take_distance(decoder_t *d)
{
    unsigned symbol = take_symbol(&d->bits, &d->positions);
    return symbol < 2 ? symbol + 1u : (1u << (symbol - 1)) + (uint64_t)take(&d->bits, symbol - 1) + 1;
}

static bool decode(decoder_t *d, uint8_t *out, size_t size)
{
    unsigned left = 0;
    for (size_t done = 0; done < size && !d->bits.failed;) {
        if (left == 0) {
            left = take(&d->bits, 16);
            if (left == 0 || !read_tables(d))
                return false;
        }
        left--;
        unsigned symbol = take_symbol(&d->bits, &d->symbols);
        if (symbol < BYTES) {
            out[done++] = (uint8_t)symbol;
            continue;
        }
        uint64_t distance = take_distance(d);
        if (distance > done)
            return false;
        for (size_t length = symbol - BYTES + MATCH_MIN; length > 0 && done < size; length--, done++)
            out[done] = out[done - distance];
    }
    return !d->bits.failed;
}

status_t codec_efi_decode(span_t in, unsigned position_bits, uint8_t *out, size_t capacity, size_t *produced)
{
    reader_t  r        = reader_from(in);
    uint32_t  packed   = read_le32(&r), size = read_le32(&r);
    decoder_t d        = {.bits = {.in = read_span(&r, packed)}, .position_bits = position_bits};
    *produced          = 0;
    if (!reader_ok(&r) || size > capacity || !decode(&d, out, size))
        return status_fail(STATUS_DAMAGED, "codec", 0, "not a whole block of EFI compression");
    *produced = size;
    return ok();
}
