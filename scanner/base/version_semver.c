/* Source: semver.org 2.0.0, section 11. Looser than its grammar, as the databases that use it are: a leading "v" and missing or further
 * numbers are taken; build metadata does not count. */
#include "base/version.h"
#include "base/version_text.h"

static span_t until(span_t *s, const char *stops)
{
    size_t n = 0;
    while (n < s->size && strchr(stops, text_at(*s, n)) == NULL)
        n++;
    return take(s, n);
}

static bool is_number(span_t s) { return s.size > 0 && digits_in(s) == s.size; }

static int compare_identifiers(span_t a, span_t b)
{
    bool x = is_number(a), y = is_number(b);
    return x && y ? compare_numbers(a, b) : x != y ? (x ? -1 : 1) : compare_text(a, b);
}

static int compare_prereleases(span_t a, span_t b)
{
    while (a.size > 0 || b.size > 0) {
        if (a.size == 0 || b.size == 0)
            return a.size == 0 ? -1 : 1;
        int order = compare_identifiers(until(&a, "."), until(&b, "."));
        if (order != 0)
            return order;
        (void)take(&a, 1);
        (void)take(&b, 1);
    }
    return 0;
}

static span_t without_prefix(const char *text) { return span_from_text(text + ((text[0] == 'v' || text[0] == 'V') && is_digit(text[1]))); }

int version_compare_semver(const char *a, const char *b)
{
    span_t x = without_prefix(a), y = without_prefix(b);
    x        = until(&x, "+");
    y        = until(&y, "+");
    span_t core_x = until(&x, "-"), core_y = until(&y, "-");
    while (core_x.size > 0 || core_y.size > 0) {
        span_t p = until(&core_x, "."), q = until(&core_y, ".");
        int    order = (p.size == 0 || is_number(p)) && (q.size == 0 || is_number(q)) ? compare_numbers(p, q) : compare_text(p, q);
        if (order != 0)
            return order;
        (void)take(&core_x, 1);
        (void)take(&core_y, 1);
    }
    if (x.size == 0 || y.size == 0)
        return (x.size == 0) - (y.size == 0);
    (void)take(&x, 1);
    (void)take(&y, 1);
    return compare_prereleases(x, y);
}
