#include "base/json_walk.h"

json_walk_t json_walk(span_t container)
{
    bool is_object = container.size >= 2 && container.at[0] == '{', is_array = container.size >= 2 && container.at[0] == '[';
    return (json_walk_t){.in = is_object || is_array ? span_from(container.at, container.size - 1) : span_from(NULL, 0), .at = 1, .is_object = is_object};
}

/* The position behind the string that starts at `at`. */
static size_t behind_string(span_t in, size_t at)
{
    for (at++; at < in.size; at++) {
        const uint8_t *quote = memchr(in.at + at, '"', in.size - at);
        if (quote == NULL)
            return in.size;
        at              = (size_t)(quote - in.at);
        size_t escapes  = 0;
        while (in.at[at - 1 - escapes] == '\\') /* ends at the opening quote at the latest */
            escapes++;
        if (escapes % 2 == 0)
            return at + 1;
    }
    return in.size;
}

static size_t behind_value(span_t in, size_t at)
{
    size_t depth = 0;
    while (at < in.size) {
        uint8_t c = in.at[at];
        if (c == '"') {
            at = behind_string(in, at);
            if (depth == 0)
                return at;
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0 && --depth == 0)
            return at + 1;
        else if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return at;
        at++;
    }
    return in.size;
}

bool json_walk_next(json_walk_t *walk, span_t *key, span_t *value)
{
    span_t name = span_from(NULL, 0);
    if (walk->at >= walk->in.size)
        return false;
    if (walk->at > 1)
        walk->at++; /* the comma */
    if (walk->is_object) {
        size_t end = walk->at < walk->in.size ? behind_string(walk->in, walk->at) : walk->in.size;
        if (end < walk->at + 2 || end >= walk->in.size)
            return false;
        name     = span_from(walk->in.at + walk->at + 1, end - walk->at - 2);
        walk->at = end + 1; /* the colon */
    }
    size_t end = behind_value(walk->in, walk->at);
    if (walk->at >= walk->in.size || end <= walk->at)
        return false;
    if (key != NULL)
        *key = name;
    *value   = span_from(walk->in.at + walk->at, end - walk->at);
    walk->at = end;
    return true;
}

span_t json_find(span_t object, const char *key)
{
    json_walk_t walk   = json_walk(object);
    span_t      wanted = span_from_text(key), name, value;
    while (walk.is_object && json_walk_next(&walk, &name, &value))
        if (span_equal(name, wanted))
            return value;
    return span_from(NULL, 0);
}

span_t json_plain(span_t value)
{
    bool is_string = value.size >= 2 && value.at[0] == '"' && memchr(value.at, '\\', value.size) == NULL;
    return is_string ? span_from(value.at + 1, value.size - 2) : span_from(NULL, 0);
}

bool json_is(span_t value, const char *text)
{
    span_t plain = json_plain(value);
    return plain.at != NULL && span_equal(plain, span_from_text(text));
}

bool json_uint(span_t value, uint64_t *number)
{
    uint64_t sum = 0;
    if (value.size == 0 || value.size > 16)
        return false;
    for (size_t i = 0; i < value.size; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        sum = sum * 10 + (value.at[i] - '0');
    }
    *number = sum;
    return sum <= 9007199254740991u;
}

size_t json_count(span_t container)
{
    json_walk_t walk  = json_walk(container);
    size_t      count = 0;
    span_t      value;
    while (json_walk_next(&walk, NULL, &value))
        count++;
    return count;
}

/* The first child in which they differ, as a step of the path; false when one of them has no children, or they have the same. */
static bool differing_child(span_t *a, span_t *b, buffer_t *path)
{
    json_walk_t left = json_walk(*a), right = json_walk(*b);
    if (left.in.size == 0 || right.in.size == 0 || left.is_object != right.is_object)
        return false;
    for (size_t i = 0;; i++) {
        span_t left_key = {0}, right_key = {0}, left_value = {0}, right_value = {0};
        bool   has_left = json_walk_next(&left, &left_key, &left_value), has_right = json_walk_next(&right, &right_key, &right_value);
        if (!has_left && !has_right)
            return false;
        bool same_key = has_left && has_right && span_equal(left_key, right_key);
        if (same_key && span_equal(left_value, right_value))
            continue;
        if (left.is_object) {
            buffer_append_byte(path, '/');
            buffer_append(path, has_left ? left_key : right_key);
        } else {
            buffer_printf(path, "[%zu]", i);
        }
        *a = same_key ? left_value : span_from(NULL, 0);
        *b = same_key ? right_value : span_from(NULL, 0);
        return true;
    }
}

bool json_first_difference(span_t a, span_t b, buffer_t *path)
{
    if (span_equal(a, b))
        return false;
    while (differing_child(&a, &b, path)) {}
    return true;
}
