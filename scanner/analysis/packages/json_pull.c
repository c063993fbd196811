#include "analysis/packages/json_pull.h"

static int next_byte(json_pull_t *j)
{
    while (j->at < j->in.size && text_is_blank(j->in.at[j->at]))
        j->at++;
    return !j->broken && j->at < j->in.size ? j->in.at[j->at] : -1;
}

bool json_pull_begins(span_t text, uint8_t bracket)
{
    json_pull_t j = json_pull_from(span_has_text_at(text, 0, "\xEF\xBB\xBF") ? span_from_offset(text, 3) : text);
    return next_byte(&j) == bracket;
}

bool json_pull_enter(json_pull_t *j, uint8_t bracket)
{
    if (j->at == 0 && span_has_text_at(j->in, 0, "\xEF\xBB\xBF"))
        j->at = 3;
    int next = next_byte(j);
    if (next != bracket) {
        j->broken = j->broken || next < 0;
        return false;
    }
    j->at++;
    return true;
}

/* From the quote that is next to behind the one that ends it. */
static bool take_quoted(json_pull_t *j, span_t *text)
{
    size_t from = ++j->at;
    while (j->at < j->in.size && j->in.at[j->at] != '"')
        j->at += j->in.at[j->at] == '\\' ? 2 : 1;
    if (j->at >= j->in.size) {
        j->broken = true;
        return false;
    }
    *text = span_sub(j->in, from, j->at - from);
    j->at++;
    return true;
}

/* The comma before all but the first; false at the bracket that ends it, which is taken. */
static bool goes_on(json_pull_t *j, int end)
{
    int next = next_byte(j);
    if (next == ',') {
        j->at++;
        next = next_byte(j);
    }
    if (next == end)
        j->at++;
    j->broken = j->broken || next < 0;
    return next >= 0 && next != end;
}

bool json_pull_member(json_pull_t *j, span_t *key)
{
    if (!goes_on(j, '}'))
        return false;
    if (next_byte(j) == '"' && take_quoted(j, key) && next_byte(j) == ':') {
        j->at++;
        return true;
    }
    j->broken = true;
    return false;
}

bool json_pull_item(json_pull_t *j) { return goes_on(j, ']'); }

bool json_pull_text(json_pull_t *j, span_t *text)
{
    size_t depth = 0;
    if (next_byte(j) == '"')
        return take_quoted(j, text);
    for (int next; (next = next_byte(j)) >= 0;) {
        span_t inside;
        if (next == '"') {
            if (!take_quoted(j, &inside))
                return false;
        } else if (next == '{' || next == '[') {
            depth++;
            j->at++;
        } else if (next == '}' || next == ']') {
            if (depth == 0)
                return false; /* it ends what is around this value */
            depth--;
            j->at++;
        } else if (next == ',' && depth == 0) {
            return false;
        } else {
            j->at++;
        }
        if (depth == 0 && (next == '"' || next == '}' || next == ']'))
            return false;
    }
    j->broken = true;
    return false;
}

void json_pull_fields(json_pull_t *j, const char *const *keys, span_t *values)
{
    span_t key, value;
    for (size_t i = 0; keys[i] != NULL; i++)
        values[i] = (span_t){NULL, 0};
    if (!json_pull_enter(j, '{')) {
        json_pull_skip(j);
        return;
    }
    while (json_pull_member(j, &key)) {
        bool is_text = json_pull_text(j, &value);
        for (size_t i = 0; is_text && keys[i] != NULL; i++)
            if (text_is(key, keys[i]) && values[i].at == NULL)
                values[i] = value;
    }
}

bool json_pull_find(span_t text, const char *name, json_pull_t *j)
{
    span_t key;
    *j = json_pull_from(text);
    if (!json_pull_enter(j, '{'))
        return false;
    while (json_pull_member(j, &key)) {
        if (text_is(key, name))
            return true;
        json_pull_skip(j);
    }
    return false;
}
