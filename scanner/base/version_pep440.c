/* Source: PEP 440, "Summary of permitted suffixes and relative ordering", with the spellings it asks to normalise:
 * [v][epoch!]release[pre][post][dev][+local]. What is no such version sorts before all that are. */
#include "base/version.h"
#include "base/version_text.h"

/* As in the ordering of the PEP: a bare development release comes first, a version without a pre-release part last. */
typedef enum { PRE_DEV_ONLY, PRE_ALPHA, PRE_BETA, PRE_CANDIDATE, PRE_NONE } pre_t;

typedef struct {
    span_t epoch, release, pre_number, post, dev, local;
    pre_t  pre;
    bool   has_post, has_dev, valid;
} pep440_t;

static const struct { const char *word; pre_t pre; } pre_words[] = {
    {"a", PRE_ALPHA}, {"alpha", PRE_ALPHA}, {"b", PRE_BETA}, {"beta", PRE_BETA},
    {"c", PRE_CANDIDATE}, {"rc", PRE_CANDIDATE}, {"pre", PRE_CANDIDATE}, {"preview", PRE_CANDIDATE},
};

static size_t separator(span_t s) { return s.size > 0 && strchr(".-_", text_at(s, 0)) != NULL; }

/* The number behind a word, a separator between them allowed. */
static span_t number_behind(span_t *s)
{
    size_t gap = separator(*s);
    if (is_digit(text_at(*s, gap)))
        (void)take(s, gap);
    return take(s, digits_in(*s));
}

/* The word behind an optional separator; taken only when `fits` finds it. */
static bool take_word(span_t *s, const char *const *words, size_t count)
{
    span_t rest = span_from_offset(*s, separator(*s));
    span_t word = span_clip(rest, 0, letters_in(rest));
    for (size_t i = 0; i < count; i++)
        if (is_word(word, words[i])) {
            *s = span_from_offset(rest, word.size);
            return true;
        }
    return false;
}

static void parse_pre(span_t *s, pep440_t *v)
{
    for (size_t i = 0; i < sizeof pre_words / sizeof *pre_words; i++)
        if (take_word(s, &pre_words[i].word, 1)) {
            v->pre        = pre_words[i].pre;
            v->pre_number = number_behind(s);
            return;
        }
}

static void parse_post(span_t *s, pep440_t *v)
{
    static const char *const words[] = {"post", "rev", "r"};
    if (text_at(*s, 0) == '-' && is_digit(text_at(*s, 1))) {
        (void)take(s, 1);
        v->has_post = true;
        v->post     = take(s, digits_in(*s));
    } else if (take_word(s, words, 3)) {
        v->has_post = true;
        v->post     = number_behind(s);
    }
}

static size_t release_size(span_t s)
{
    size_t n = digits_in(s);
    while (n > 0 && text_at(s, n) == '.' && is_digit(text_at(s, n + 1)))
        n += 1 + digits_in(span_from_offset(s, n + 1));
    return n;
}

static pep440_t parse(const char *text)
{
    static const char *const dev[] = {"dev"};
    pep440_t v = {.pre = PRE_NONE};
    span_t   s = span_from_text(text);
    (void)take(&s, lower(text_at(s, 0)) == 'v');
    if (digits_in(s) > 0 && text_at(s, digits_in(s)) == '!') {
        v.epoch = take(&s, digits_in(s));
        (void)take(&s, 1);
    }
    v.release = take(&s, release_size(s));
    parse_pre(&s, &v);
    parse_post(&s, &v);
    v.has_dev = take_word(&s, dev, 1);
    if (v.has_dev)
        v.dev = number_behind(&s);
    if (text_at(s, 0) == '+') {
        v.local = span_from_offset(s, 1);
        s       = (span_t){0};
    }
    if (v.pre == PRE_NONE && !v.has_post && v.has_dev)
        v.pre = PRE_DEV_ONLY;
    v.valid = v.release.size > 0 && s.size == 0;
    return v;
}

static int compare_releases(span_t a, span_t b)
{
    while (a.size > 0 || b.size > 0) {
        int order = compare_numbers(take(&a, digits_in(a)), take(&b, digits_in(b)));
        if (order != 0)
            return order;
        (void)take(&a, 1);
        (void)take(&b, 1);
    }
    return 0;
}

/* Segments between separators; numbers are later than text. */
static int compare_locals(span_t a, span_t b)
{
    while (a.size > 0 && b.size > 0) {
        size_t n = 0, m = 0;
        while (n < a.size && strchr(".-_", text_at(a, n)) == NULL)
            n++;
        while (m < b.size && strchr(".-_", text_at(b, m)) == NULL)
            m++;
        span_t p = take(&a, n), q = take(&b, m);
        bool   x = p.size > 0 && digits_in(p) == p.size, y = q.size > 0 && digits_in(q) == q.size;
        int    order = x && y ? compare_numbers(p, q) : x != y ? (x ? 1 : -1) : compare_text_without_case(p, q);
        if (order != 0)
            return order;
        (void)take(&a, 1);
        (void)take(&b, 1);
    }
    return (a.size > 0) - (b.size > 0);
}

int version_compare_pep440(const char *a, const char *b)
{
    pep440_t x = parse(a), y = parse(b);
    if (!x.valid || !y.valid)
        return x.valid != y.valid ? (x.valid ? 1 : -1) : version_compare_generic(a, b);
    int order = compare_numbers(x.epoch, y.epoch);
    if (order == 0)
        order = compare_releases(x.release, y.release);
    if (order == 0)
        order = (x.pre > y.pre) - (x.pre < y.pre);
    if (order == 0)
        order = compare_numbers(x.pre_number, y.pre_number);
    if (order == 0)
        order = x.has_post - y.has_post;
    if (order == 0)
        order = compare_numbers(x.post, y.post);
    if (order == 0)
        order = y.has_dev - x.has_dev;
    if (order == 0)
        order = compare_numbers(x.dev, y.dev);
    return order != 0 ? order : compare_locals(x.local, y.local);
}
