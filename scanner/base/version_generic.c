/* For versions whose scheme nobody names, as in CPE ranges: numbers by value, words that announce a release before the release, other
 * letters after it ("1.1.1" < "1.1.1a"), separators of equal worth but for "~", before which a version ends ("2~1" < "2"). No outside source: this is what upstream projects mostly do. */
#include "base/version.h"
#include "base/version_text.h"

static const char *const before_release[] = {"dev", "snapshot", "alpha", "a0", "beta", "pre", "preview", "rc", "candidate"};

/* Was there a "~" among them? */
static bool skip_separators(span_t *s)
{
    bool tilde = false;
    for (; s->size > 0 && !is_digit(text_at(*s, 0)) && !is_letter(text_at(*s, 0)); (void)take(s, 1))
        tilde = tilde || text_at(*s, 0) == '~';
    return tilde;
}

/* Below 0 before the end of a version, 0 the end, above 0 behind it. */
static int rank(span_t word)
{
    int count = (int)(sizeof before_release / sizeof *before_release);
    for (int i = 0; i < count; i++)
        if (is_word(word, before_release[i]))
            return i - count;
    return word.size > 0;
}

/* Trailing zeros say nothing: "1.2" is "1.2.0". */
static int against_the_end(span_t rest)
{
    while (rest.size > 0) {
        if (skip_separators(&rest))
            return -1;
        span_t number = take(&rest, digits_in(rest)), word = take(&rest, letters_in(rest));
        if (compare_numbers(number, (span_t){0}) != 0)
            return 1;
        if (word.size > 0)
            return rank(word) < 0 ? -1 : 1;
    }
    return 0;
}

int version_compare_generic(const char *a, const char *b)
{
    span_t x = span_from_text(a), y = span_from_text(b);
    for (;;) {
        bool x_before = skip_separators(&x), y_before = skip_separators(&y);
        if (x_before != y_before)
            return x_before ? -1 : 1;
        if (x.size == 0 || y.size == 0)
            return y.size == 0 ? against_the_end(x) : -against_the_end(y);
        int  order;
        bool x_is_number = is_digit(text_at(x, 0)), y_is_number = is_digit(text_at(y, 0));
        if (x_is_number && y_is_number) {
            order = compare_numbers(take(&x, digits_in(x)), take(&y, digits_in(y)));
        } else if (x_is_number || y_is_number) { /* 1.0.1 is later than 1.0rc1 and than 1.0a, but 1.0.0 is 1.0 */
            span_t number = x_is_number ? take(&x, digits_in(x)) : take(&y, digits_in(y));
            order         = compare_numbers(number, (span_t){0}) == 0 ? 0 : x_is_number ? 1 : -1;
        } else {
            span_t p = take(&x, letters_in(x)), q = take(&y, letters_in(y));
            order = rank(p) - rank(q);
            if (order == 0)
                order = compare_text_without_case(p, q);
        }
        if (order != 0)
            return sign_of(order);
    }
}
