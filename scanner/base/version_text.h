/* What the orders of versions share: runs of characters. */
#ifndef ASSAY_BASE_VERSION_TEXT_H
#define ASSAY_BASE_VERSION_TEXT_H

#include "base/bytes.h"

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }
static inline int  sign_of(int value) { return (value > 0) - (value < 0); }

static inline char text_at(span_t s, size_t i) { return i < s.size ? (char)s.at[i] : '\0'; }

/* How many digits (letters) stand at the start. */
static inline size_t digits_in(span_t s)
{
    size_t n = 0;
    while (is_digit(text_at(s, n)))
        n++;
    return n;
}
static inline size_t letters_in(span_t s)
{
    size_t n = 0;
    while (is_letter(text_at(s, n)))
        n++;
    return n;
}

/* The first `count` bytes, which are taken away from `s`. */
static inline span_t take(span_t *s, size_t count)
{
    span_t taken = span_clip(*s, 0, count);
    *s           = span_from_offset(*s, count);
    return taken;
}

/* Decimal numbers of any length; none at all counts as 0. */
static inline int compare_numbers(span_t a, span_t b)
{
    while (text_at(a, 0) == '0')
        (void)take(&a, 1);
    while (text_at(b, 0) == '0')
        (void)take(&b, 1);
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    return a.size == 0 ? 0 : sign_of(memcmp(a.at, b.at, a.size));
}

/* By bytes, the shorter first. */
static inline int compare_text(span_t a, span_t b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int    order  = common == 0 ? 0 : memcmp(a.at, b.at, common);
    return order != 0 ? sign_of(order) : (a.size > b.size) - (a.size < b.size);
}

static inline int compare_text_without_case(span_t a, span_t b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int order = lower(text_at(a, i)) - lower(text_at(b, i));
        if (order != 0)
            return sign_of(order);
    }
    return (a.size > b.size) - (a.size < b.size);
}

static inline bool is_word(span_t s, const char *word) { return compare_text_without_case(s, span_from_text(word)) == 0; }

#endif
