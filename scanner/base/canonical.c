#include "base/canonical.h"

#include "base/json.h"
#include "base/utf8.h"

/* Keys that a reader may meet are no longer than those that the writer writes. `why` is set at the first fault and sticks. */
typedef struct {
    span_t      in;
    size_t      at;
    const char *why;
    unsigned    depth;
    struct { bool is_object, has_members; char last_key[JSON_KEY]; } level[JSON_DEPTH];
} checker_t;

static bool refuse(checker_t *c, const char *why)
{
    if (c->why == NULL)
        c->why = why;
    return false;
}

static int peek(const checker_t *c) { return c->at < c->in.size ? c->in.at[c->at] : -1; }

static bool take(checker_t *c, char wanted)
{
    if (peek(c) != wanted)
        return refuse(c, "not canonical JSON: another character is wanted here");
    c->at++;
    return true;
}

static bool take_word(checker_t *c, const char *word)
{
    if (!span_has_text_at(c->in, c->at, word))
        return refuse(c, "not canonical JSON: no value starts like this");
    c->at += strlen(word);
    return true;
}

/* After the backslash: the short form where there is one, else lower-case \u00xx below U+0020; nothing else is escaped. */
static bool take_escape(checker_t *c)
{
    static const char hexadecimal[] = "0123456789abcdef";
    if (c->at < c->in.size && c->in.at[c->at] != '\0' && strchr("btnfr\"\\", c->in.at[c->at]) != NULL) {
        c->at++;
        return true;
    }
    if (!span_has_text_at(c->in, c->at, "u00") || c->in.size - c->at < 5)
        return refuse(c, "not canonical JSON: an escape that is not needed");
    uint8_t     high = c->in.at[c->at + 3], low = c->in.at[c->at + 4];
    const char *digit = low != '\0' ? strchr(hexadecimal, low) : NULL;
    if ((high != '0' && high != '1') || digit == NULL)
        return refuse(c, "not canonical JSON: an escape that is not needed");
    unsigned value = (unsigned)(high - '0') << 4 | (unsigned)(digit - hexadecimal);
    if (value == 0)
        return refuse(c, "a NUL in a text");
    if (value == '\b' || value == '\t' || value == '\n' || value == '\f' || value == '\r')
        return refuse(c, "not canonical JSON: an escape has a shorter form");
    c->at += 5;
    return true;
}

/* With `key` (JSON_KEY bytes) the text is a key: ASCII, no escapes, short. */
static bool take_string(checker_t *c, char *key)
{
    if (!take(c, '"'))
        return false;
    size_t start = c->at;
    for (;;) {
        int here = peek(c);
        if (here < 0x20) /* the end is negative */
            return refuse(c, "a text that does not end, or holds a control character");
        if (here == '"')
            break;
        uint32_t code_point;
        size_t   step = here < 0x80 ? 1 : utf8_next(span_from_offset(c->in, c->at), &code_point);
        if (step == 0)
            return refuse(c, "a text that is not UTF-8");
        if (key != NULL && (here == '\\' || here > 0x7E))
            return refuse(c, "a key that is not plain ASCII");
        c->at += step;
        if (here == '\\' && !take_escape(c))
            return false;
    }
    if (key != NULL) {
        size_t length = c->at - start;
        if (length == 0 || length >= JSON_KEY)
            return refuse(c, "a key that is empty or too long");
        memcpy(key, c->in.at + start, length);
        key[length] = '\0';
    }
    return take(c, '"');
}

static bool take_number(checker_t *c)
{
    bool negative = peek(c) == '-';
    if (negative)
        c->at++;
    size_t   start = c->at;
    uint64_t value = 0;
    while (peek(c) >= '0' && peek(c) <= '9' && value <= JSON_INTEGER_MAX)
        value = value * 10 + (uint64_t)(c->in.at[c->at++] - '0');
    if (c->at == start)
        return refuse(c, "not canonical JSON: no value starts like this");
    if (c->in.at[start] == '0' && (c->at - start > 1 || negative))
        return refuse(c, "not canonical JSON: a number with a leading zero");
    if (value > JSON_INTEGER_MAX)
        return refuse(c, "an integer beyond 2^53-1");
    int next = peek(c);
    return next == '.' || next == 'e' || next == 'E' ? refuse(c, "a number that is not an integer") : true;
}

static bool open_level(checker_t *c, bool is_object)
{
    if (c->depth == JSON_DEPTH)
        return refuse(c, "nested too deeply");
    c->at++;
    c->level[c->depth].is_object   = is_object;
    c->level[c->depth].has_members = false;
    c->depth++;
    return true;
}

static bool take_key(checker_t *c)
{
    char key[JSON_KEY] = "";
    if (!take_string(c, key))
        return false;
    char *last = c->level[c->depth - 1].last_key;
    if (c->level[c->depth - 1].has_members && strcmp(last, key) >= 0)
        return refuse(c, "keys that are out of order, or a key that stands twice");
    memcpy(last, key, sizeof key);
    return take(c, ':');
}

/* One value, or the beginning of an object or array. */
static bool take_value(checker_t *c)
{
    switch (peek(c)) {
    case '{': return open_level(c, true);
    case '[': return open_level(c, false);
    case '"': return take_string(c, NULL);
    case 't': return take_word(c, "true");
    case 'f': return take_word(c, "false");
    case 'n': return take_word(c, "null");
    default:  return take_number(c);
    }
}

status_t json_check_canonical(span_t json)
{
    checker_t c    = {.in = json};
    bool      good = take_value(&c);
    while (good && c.depth > 0) {
        bool is_object = c.level[c.depth - 1].is_object;
        if (peek(&c) == (is_object ? '}' : ']')) {
            c.at++;
            c.depth--;
            continue;
        }
        unsigned depth = c.depth;
        good = (!c.level[depth - 1].has_members || take(&c, ',')) && (!is_object || take_key(&c));
        c.level[depth - 1].has_members = true;
        good = good && take_value(&c);
    }
    if (good && c.at != json.size)
        good = refuse(&c, "bytes behind the end of the JSON");
    return good ? ok() : status_fail(STATUS_INVALID, "json", c.at, c.why);
}
