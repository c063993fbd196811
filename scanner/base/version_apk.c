/* Source: apk-package(5), "version": digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]. Numbers behind the first one compare as text
 * when either begins with 0. The suffixes alpha, beta, pre and rc come before the plain version, cvs, svn, git, hg and p after it. */
#include "base/version.h"
#include "base/version_text.h"

/* In ascending order of what a part may be when the other version goes on differently at the same place. */
typedef enum { PART_PRE_SUFFIX, PART_INVALID, PART_END, PART_REVISION, PART_HASH, PART_SUFFIX, PART_LETTER, PART_NUMBER } part_kind_t;

typedef struct { part_kind_t kind; span_t text, number; int rank; } part_t;

static const struct { const char *name; int rank; } suffixes[] = {
    {"alpha", -4}, {"beta", -3}, {"pre", -2}, {"rc", -1}, {"cvs", 1}, {"svn", 2}, {"git", 3}, {"hg", 4}, {"p", 5},
};

static part_t take_suffix(span_t *s)
{
    part_t part = {.text = take(s, letters_in(*s))};
    part.number = take(s, digits_in(*s));
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (span_equal(part.text, span_from_text(suffixes[i].name)))
            part.rank = suffixes[i].rank;
    part.kind = part.rank < 0 ? PART_PRE_SUFFIX : part.rank > 0 ? PART_SUFFIX : PART_INVALID;
    return part;
}

static part_t next_part(span_t *s, bool first)
{
    char c = text_at(*s, 0);
    if (s->size == 0)
        return (part_t){.kind = PART_END};
    if (first || (c == '.' && is_digit(text_at(*s, 1)))) {
        (void)take(s, !first);
        return (part_t){.kind = PART_NUMBER, .number = take(s, digits_in(*s))};
    }
    if (c >= 'a' && c <= 'z' && !is_letter(text_at(*s, 1)))
        return (part_t){.kind = PART_LETTER, .text = take(s, 1)};
    if (c == '_') {
        (void)take(s, 1);
        return take_suffix(s);
    }
    if (c == '~') {
        size_t n = 1;
        while (is_digit(text_at(*s, n)) || (text_at(*s, n) >= 'a' && text_at(*s, n) <= 'f'))
            n++;
        return (part_t){.kind = PART_HASH, .text = take(s, n)};
    }
    if (c == '-' && text_at(*s, 1) == 'r' && is_digit(text_at(*s, 2))) {
        (void)take(s, 2);
        return (part_t){.kind = PART_REVISION, .number = take(s, digits_in(*s))};
    }
    return (part_t){.kind = PART_INVALID, .text = take(s, s->size)};
}

/* "1.05" is older than "1.1": digits behind a point that begin with 0 read as a fraction. */
static int compare_fractions(span_t a, span_t b) { return text_at(a, 0) == '0' || text_at(b, 0) == '0' ? compare_text(a, b) : compare_numbers(a, b); }

int version_compare_apk(const char *a, const char *b)
{
    span_t x = span_from_text(a), y = span_from_text(b);
    for (bool first = true;; first = false) {
        part_t p = next_part(&x, first), q = next_part(&y, first);
        int    order;
        if (p.kind != q.kind)
            return p.kind < q.kind ? -1 : 1;
        if (p.kind == PART_NUMBER && !first)
            order = compare_fractions(p.number, q.number);
        else
            order = p.rank != q.rank ? (p.rank < q.rank ? -1 : 1) : p.rank != 0 ? 0 : compare_text(p.text, q.text);
        if (order == 0)
            order = compare_numbers(p.number, q.number);
        if (order != 0 || p.kind == PART_END)
            return order;
    }
}
