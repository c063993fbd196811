/* Borrowed bytes and the one way to read them.
 *
 * A span never owns. A reader never leaves its span: a read past the end yields 0 and sticks, so a parser reads a whole
 * header in order and checks once, at the end. Offsets and sizes that come from an input are uint64_t until proven. */
#ifndef ASSAY_BASE_BYTES_H
#define ASSAY_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct { const uint8_t *at; size_t size; } span_t;      /* borrowed bytes; never freed through a span */
typedef struct { span_t in; size_t pos; bool failed; } reader_t; /* a failed read yields 0 and sticks: check once, at the end */

/* `sum = a + b` (or product); false and *sum untouched meaning when it does not fit in 64 bits. */
static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *sum) { return !__builtin_add_overflow(a, b, sum); }
static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *product) { return !__builtin_mul_overflow(a, b, product); }

/* `value` rounded up to a multiple of `step` (a power of two); UINT64_MAX when that does not fit. */
static inline uint64_t round_up(uint64_t value, uint64_t step)
{
    uint64_t sum;
    return checked_add(value, step - 1, &sum) ? sum & ~(step - 1) : UINT64_MAX;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t max_u64(uint64_t a, uint64_t b) { return a > b ? a : b; }

static inline span_t span_from(const void *at, size_t size) { return (span_t){at, size}; }
static inline span_t span_from_text(const char *text) { return (span_t){(const uint8_t *)text, strlen(text)}; }

/* Is [offset, offset+length) inside the span? */
static inline bool span_holds(span_t s, uint64_t offset, uint64_t length)
{
    return offset <= s.size && length <= s.size - offset;
}

/* The part [offset, offset+length); {NULL, 0} when it is not wholly inside. */
static inline span_t span_sub(span_t s, uint64_t offset, uint64_t length)
{
    return span_holds(s, offset, length) ? (span_t){offset == 0 ? s.at : s.at + offset, (size_t)length} : (span_t){NULL, 0};
}

/* What is there of [offset, offset+length): shorter, or empty, where the span ends first. Never NULL for a non-NULL span. */
static inline span_t span_clip(span_t s, uint64_t offset, uint64_t length)
{
    if (offset > s.size)
        offset = s.size;
    /* An empty span may be NULL, and C knows no NULL plus nothing. */
    return (span_t){offset == 0 ? s.at : s.at + offset, (size_t)min_u64(length, s.size - offset)};
}

static inline span_t span_from_offset(span_t s, uint64_t offset) { return span_clip(s, offset, UINT64_MAX); }

static inline bool span_equal(span_t a, span_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool span_starts_with(span_t s, span_t prefix)
{
    return s.size >= prefix.size && (prefix.size == 0 || memcmp(s.at, prefix.at, prefix.size) == 0);
}

/* Do the bytes of `text` (without its NUL) stand at `offset`? */
static inline bool span_has_text_at(span_t s, uint64_t offset, const char *text)
{
    size_t length = strlen(text);
    return span_holds(s, offset, length) && memcmp(s.at + offset, text, length) == 0;
}

static inline bool span_is_filled_with(span_t s, uint8_t byte)
{
    return s.size == 0 || (s.at[0] == byte && memcmp(s.at, s.at + 1, s.size - 1) == 0);
}

static inline reader_t reader_from(span_t s) { return (reader_t){s, 0, false}; }
static inline reader_t reader_at(span_t s, uint64_t offset)
{
    bool inside = offset <= s.size;
    return (reader_t){s, inside ? (size_t)offset : s.size, !inside};
}
static inline bool     reader_ok(const reader_t *r) { return !r->failed; }
static inline uint64_t reader_left(const reader_t *r) { return r->failed ? 0 : r->in.size - r->pos; }

/* The next `length` bytes, or {NULL, 0} and failed. */
static inline span_t read_span(reader_t *r, uint64_t length)
{
    if (r->failed || length > r->in.size - r->pos) {
        r->failed = true;
        return (span_t){NULL, 0};
    }
    span_t got = {r->pos == 0 ? r->in.at : r->in.at + r->pos, (size_t)length};
    r->pos += (size_t)length;
    return got;
}

static inline void reader_skip(reader_t *r, uint64_t length) { (void)read_span(r, length); }

static inline uint64_t read_le(reader_t *r, unsigned bytes)
{
    span_t   s     = read_span(r, bytes);
    uint64_t value = 0;
    for (size_t i = s.size; i > 0; i--)
        value = value << 8 | s.at[i - 1];
    return value;
}

static inline uint64_t read_be(reader_t *r, unsigned bytes)
{
    span_t   s     = read_span(r, bytes);
    uint64_t value = 0;
    for (size_t i = 0; i < s.size; i++)
        value = value << 8 | s.at[i];
    return value;
}

static inline uint8_t  read_u8(reader_t *r) { return (uint8_t)read_le(r, 1); }
static inline uint16_t read_le16(reader_t *r) { return (uint16_t)read_le(r, 2); }
static inline uint32_t read_le32(reader_t *r) { return (uint32_t)read_le(r, 4); }
static inline uint64_t read_le64(reader_t *r) { return read_le(r, 8); }
static inline uint16_t read_be16(reader_t *r) { return (uint16_t)read_be(r, 2); }
static inline uint32_t read_be32(reader_t *r) { return (uint32_t)read_be(r, 4); }
static inline uint64_t read_be64(reader_t *r) { return read_be(r, 8); }

#endif
