/* Source: rpm-version(7): [epoch:]version[-release]. Runs of digits and of letters are compared in turn, all else only separates them; a
 * number is later than letters; a tilde sorts before anything, even the end, and a caret after the end but before anything else. */
#include "base/version.h"
#include "base/version_text.h"

static void skip_separators(span_t *s)
{
    while (s->size > 0 && !is_digit(text_at(*s, 0)) && !is_letter(text_at(*s, 0)) && text_at(*s, 0) != '~' && text_at(*s, 0) != '^')
        (void)take(s, 1);
}

static int compare_part(span_t a, span_t b)
{
    for (;;) {
        skip_separators(&a);
        skip_separators(&b);
        char x = text_at(a, 0), y = text_at(b, 0);
        if (x == '~' || y == '~') {
            if (x != y)
                return x == '~' ? -1 : 1;
        } else if (x == '^' || y == '^') {
            if (a.size == 0 || b.size == 0)
                return a.size == 0 ? -1 : 1;
            if (x != y)
                return x == '^' ? -1 : 1;
        } else if (a.size == 0 || b.size == 0) {
            return (a.size > 0) - (b.size > 0);
        }
        if (x == '~' || x == '^') {
            (void)take(&a, 1);
            (void)take(&b, 1);
            continue;
        }
        if (is_digit(x) != is_digit(y))
            return is_digit(x) ? 1 : -1;
        int order = is_digit(x) ? compare_numbers(take(&a, digits_in(a)), take(&b, digits_in(b)))
                                : compare_text(take(&a, letters_in(a)), take(&b, letters_in(b)));
        if (order != 0)
            return order;
    }
}

typedef struct { span_t epoch, version, release; bool has_release; } rpm_t;

static rpm_t split(const char *text)
{
    rpm_t       out   = {.version = span_from_text(text)};
    size_t      epoch = digits_in(out.version);
    const char *dash;
    if (text[epoch] == ':') {
        out.epoch = take(&out.version, epoch);
        (void)take(&out.version, 1);
    }
    dash = strrchr(text, '-');
    if (dash != NULL && dash >= (const char *)out.version.at) {
        size_t at       = (size_t)(dash - (const char *)out.version.at);
        out.release     = span_from_offset(out.version, at + 1);
        out.version     = span_clip(out.version, 0, at);
        out.has_release = true;
    }
    return out;
}

/* A version without a release stands for all its releases. */
int version_compare_rpm(const char *a, const char *b)
{
    rpm_t x = split(a), y = split(b);
    int   order = compare_numbers(x.epoch, y.epoch);
    if (order == 0)
        order = compare_part(x.version, y.version);
    return order != 0 || !x.has_release || !y.has_release ? order : compare_part(x.release, y.release);
}
