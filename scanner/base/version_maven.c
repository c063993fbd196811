/* Source: Maven's POM reference, "Version Order Specification". A version is a row of tokens, each behind a dot or a hyphen (a change
 * between digits and letters counts as a hyphen); values that say nothing are dropped at its end and before each hyphen. */
#include "base/version.h"
#include "base/version_text.h"

enum { TOKENS_MAX = 128 }; /* no version in use has a fifth of that; what follows does not count */

typedef struct { span_t text; bool number, hyphen; int rank; } token_t;
typedef struct { token_t token[TOKENS_MAX]; size_t count; } tokens_t;

enum { RANK_RELEASE = 5, RANK_OTHER = 7 };

static const struct { const char *word; int rank; } qualifiers[] = {
    {"alpha", 0}, {"beta", 1}, {"milestone", 2}, {"rc", 3}, {"cr", 3}, {"snapshot", 4}, {"", RANK_RELEASE}, {"ga", RANK_RELEASE},
    {"final", RANK_RELEASE},
    {"release", RANK_RELEASE}, {"sp", 6},
};

static int rank_of(span_t word, bool before_digit)
{
    if (before_digit && word.size == 1)
        switch (lower(text_at(word, 0))) {
        case 'a': return 0;
        case 'b': return 1;
        case 'm': return 2;
        default: break;
        }
    for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++)
        if (is_word(word, qualifiers[i].word))
            return qualifiers[i].rank;
    return RANK_OTHER;
}

static bool is_separator(char c) { return c == '.' || c == '-' || c == '_'; }

static size_t token_size(span_t s)
{
    size_t n = 0;
    if (is_digit(text_at(s, 0)))
        return digits_in(s);
    while (n < s.size && !is_separator(text_at(s, n)) && !is_digit(text_at(s, n)))
        n++;
    return n;
}

static bool says_nothing(const token_t *t) { return t->number ? compare_numbers(t->text, (span_t){0}) == 0 : t->rank == RANK_RELEASE; }

/* Drops what says nothing at the end and before each hyphen, from the end to the start; the first token stays. */
static void trim(tokens_t *t)
{
    size_t end = t->count;
    while (end > 1) {
        size_t first = end;
        while (first > 1 && says_nothing(&t->token[first - 1]))
            first--;
        memmove(&t->token[first], &t->token[end], (t->count - end) * sizeof *t->token);
        t->count -= end - first;
        end = first - 1;
        while (end > 1 && !t->token[end].hyphen)
            end--;
        if (end == 1 && !t->token[1].hyphen)
            break;
    }
}

static void split(const char *version, tokens_t *out)
{
    span_t s      = span_from_text(version);
    bool   hyphen = true;
    out->count    = 0;
    for (;;) {
        if (out->count == TOKENS_MAX)
            break;
        token_t *t = &out->token[out->count++];
        t->text    = take(&s, token_size(s));
        t->hyphen  = hyphen;
        t->number  = t->text.size == 0 || is_digit(text_at(t->text, 0));
        t->rank    = t->number ? 0 : rank_of(t->text, is_digit(text_at(s, 0)));
        if (s.size == 0)
            break;
        hyphen = text_at(s, 0) != '.';
        (void)take(&s, is_separator(text_at(s, 0)));
    }
    trim(out);
}

static int compare_tokens(const token_t *a, const token_t *b)
{
    if (a->number != b->number)
        return a->number ? 1 : -1;
    if (a->number && a->hyphen != b->hyphen)
        return a->hyphen ? -1 : 1;
    if (a->number)
        return compare_numbers(a->text, b->text);
    return a->rank != b->rank ? sign_of(a->rank - b->rank) : a->rank == RANK_OTHER ? compare_text_without_case(a->text, b->text) : 0;
}

/* What stands in the shorter version's place: "0" beside a number behind a dot, else the empty qualifier. */
static token_t padding_beside(const token_t *other)
{
    bool number = other->number && !other->hyphen;
    return (token_t){.hyphen = other->hyphen, .number = number, .rank = number ? 0 : RANK_RELEASE};
}

int version_compare_maven(const char *a, const char *b)
{
    tokens_t x, y;
    split(a, &x);
    split(b, &y);
    for (size_t i = 0; i < x.count || i < y.count; i++) {
        token_t p     = i < x.count ? x.token[i] : padding_beside(&y.token[i]);
        token_t q     = i < y.count ? y.token[i] : padding_beside(&x.token[i]);
        int     order = compare_tokens(&p, &q);
        if (order != 0)
            return order;
    }
    return 0;
}
