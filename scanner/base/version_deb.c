/* Source: Debian Policy, section 5.6.12, and deb-version(7): [epoch:]upstream[-revision]. Parts are compared by turns of non-digits and
 * digits; among non-digits a tilde sorts before the end, the end before letters, letters before all else. opkg orders in the same way. */
#include "base/version.h"
#include "base/version_text.h"

static int rank(char c) { return c == '~' ? -1 : c == '\0' || is_digit(c) ? 0 : is_letter(c) ? c : (uint8_t)c + 256; }

static int compare_part(span_t a, span_t b)
{
    while (a.size > 0 || b.size > 0) {
        while ((a.size > 0 && !is_digit(text_at(a, 0))) || (b.size > 0 && !is_digit(text_at(b, 0)))) {
            int order = rank(text_at(a, 0)) - rank(text_at(b, 0));
            if (order != 0)
                return sign_of(order);
            (void)take(&a, 1);
            (void)take(&b, 1);
        }
        int order = compare_numbers(take(&a, digits_in(a)), take(&b, digits_in(b)));
        if (order != 0)
            return order;
    }
    return 0;
}

typedef struct { span_t epoch, upstream, revision; } deb_t;

static deb_t split(const char *version)
{
    deb_t       out   = {.upstream = span_from_text(version)};
    const char *colon = strchr(version, ':');
    if (colon != NULL) {
        out.epoch = take(&out.upstream, (size_t)(colon - version));
        (void)take(&out.upstream, 1);
    }
    for (size_t i = out.upstream.size; i-- > 0;)
        if (text_at(out.upstream, i) == '-') {
            out.revision = span_from_offset(out.upstream, i + 1);
            out.upstream = span_clip(out.upstream, 0, i);
            break;
        }
    return out;
}

int version_compare_deb(const char *a, const char *b)
{
    deb_t x = split(a), y = split(b);
    int   order = compare_part(x.epoch, y.epoch);
    if (order == 0)
        order = compare_part(x.upstream, y.upstream);
    return order != 0 ? order : compare_part(x.revision, y.revision);
}
