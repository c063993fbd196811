#include "extractors/lzo_rle.h"

/* What the last instruction copied as it stands, which decides what the next instruction below 16 means. */
enum { NOTHING, LITERALS_MAX = 3, LONG_LITERALS = 4, VERSIONED = 17, VERSIONED_SIZE_MIN = 5, ZERO_RUN_MIN = 4, FAR = 16384 };

typedef struct { reader_t in; uint8_t *out; size_t capacity, size; bool failed; } lzo_t;

static void copy_literals(lzo_t *l, uint64_t length)
{
    span_t bytes = length > 0 ? read_span(&l->in, length) : (span_t){NULL, 0};
    if (bytes.size != length || length > l->capacity - l->size) {
        l->failed = true;
        return;
    }
    if (length > 0)
        memcpy(l->out + l->size, bytes.at, (size_t)length);
    l->size += (size_t)length;
}

static void copy_match(lzo_t *l, uint64_t distance, uint64_t length)
{
    if (distance > l->size || length > l->capacity - l->size) {
        l->failed = true;
        return;
    }
    for (uint64_t i = 0; i < length; i++, l->size++)
        l->out[l->size] = l->out[l->size - distance];
}

static void write_zeros(lzo_t *l, uint64_t length)
{
    if (length > l->capacity - l->size) {
        l->failed = true;
        return;
    }
    memset(l->out + l->size, 0, (size_t)length);
    l->size += (size_t)length;
}

/* A length of a few bits; 0 there means that it goes on: 255 for each zero byte, and the byte that is none. */
static uint64_t read_length(lzo_t *l, unsigned bits, unsigned most)
{
    if (bits != 0)
        return bits;
    uint64_t length = most;
    uint8_t  byte   = 0;
    while (reader_left(&l->in) > 0 && (byte = read_u8(&l->in)) == 0)
        length += 255;
    return length + byte;
}

/* One instruction below 16; returns the state behind it. */
static unsigned near_copy(lzo_t *l, uint8_t code, unsigned state)
{
    if (state == NOTHING) {
        copy_literals(l, 3 + read_length(l, code, 15));
        return LONG_LITERALS;
    }
    uint64_t distance = ((uint64_t)read_u8(&l->in) << 2) + (code >> 2) + (state == LONG_LITERALS ? 2049 : 1);
    copy_match(l, distance, state == LONG_LITERALS ? 3 : 2);
    copy_literals(l, code & 3);
    return code & 3;
}

/* An instruction from 16 to 31: a copy from far back, a run of zeros, or the end. */
static unsigned far_copy(lzo_t *l, uint8_t code, bool versioned, bool *end)
{
    reader_t ahead = l->in;
    uint16_t next  = read_le16(&ahead);
    if (versioned && (code & 0xF8) == 0x18 && (next & 0xFFFC) == 0xFFFC) {
        reader_skip(&l->in, 2);
        write_zeros(l, ((uint64_t)read_u8(&l->in) << 3 | (code & 7u)) + ZERO_RUN_MIN);
    } else {
        uint64_t length = 2 + read_length(l, code & 7, 7);
        next            = read_le16(&l->in);
        uint64_t distance = FAR + ((uint64_t)(code & 8) << 11) + (next >> 2);
        *end = distance == FAR;
        if (!*end)
            copy_match(l, distance, length);
    }
    if (!*end)
        copy_literals(l, next & 3);
    return next & 3;
}

static unsigned copy(lzo_t *l, uint8_t code)
{
    unsigned state;
    if (code >= 64) {
        uint64_t length = code >= 128 ? 5u + (code >> 5 & 3) : 3u + (code >> 5 & 1);
        state = code & 3;
        copy_match(l, ((uint64_t)read_u8(&l->in) << 3) + (code >> 2 & 7) + 1, length);
    } else {
        uint64_t length = 2 + read_length(l, code & 31, 31);
        uint16_t next   = read_le16(&l->in);
        state           = next & 3;
        copy_match(l, (uint64_t)(next >> 2) + 1, length);
    }
    copy_literals(l, state);
    return state;
}

bool lzo_rle_decode(span_t in, uint8_t *out, size_t capacity, size_t *produced)
{
    lzo_t    l         = {.in = reader_from(in), .out = out, .capacity = capacity};
    bool     versioned = in.size >= VERSIONED_SIZE_MIN && in.at[0] == VERSIONED, end = false;
    unsigned state     = NOTHING;
    *produced          = 0;
    if (versioned) {
        reader_skip(&l.in, 1);
        versioned = read_u8(&l.in) != 0;
    }
    if (reader_left(&l.in) > 0 && l.in.in.at[l.in.pos] > VERSIONED) {
        unsigned literals = read_u8(&l.in) - VERSIONED;
        copy_literals(&l, literals);
        state = literals <= LITERALS_MAX ? literals : LONG_LITERALS;
    }
    while (!end && !l.failed && reader_ok(&l.in)) {
        uint8_t code = read_u8(&l.in);
        if (code < 16)
            state = near_copy(&l, code, state);
        else
            state = code < 32 ? far_copy(&l, code, versioned, &end) : copy(&l, code);
    }
    *produced = l.size;
    return end && !l.failed && reader_ok(&l.in) && reader_left(&l.in) == 0;
}
