/* A walk over JSON in canonical form (checked before, by json_check_canonical) that copies nothing: what it yields are the very bytes that
 * were signed or hashed. On anything that was not checked it may yield nonsense, but never leaves its span. */
#ifndef ASSAY_BASE_JSON_WALK_H
#define ASSAY_BASE_JSON_WALK_H

#include "base/buffer.h"

typedef struct { span_t in; size_t at; bool is_object; } json_walk_t;

/* The members of an object or the items of an array; of anything else, none. */
json_walk_t json_walk(span_t container);
/* The next one. `key` (may be NULL) is what stands between the quotes, empty in an array; `value` the bytes of the value, strings with quotes. */
bool        json_walk_next(json_walk_t *walk, span_t *key, span_t *value);

/* The value of a member; {NULL, 0} when there is none. */
span_t json_find(span_t object, const char *key);
/* Is it this string, one without escapes? */
bool   json_is(span_t value, const char *text);
/* What stands between the quotes of a string without escapes; {NULL, 0} when it is no such string. */
span_t json_plain(span_t value);
/* An integer from 0 to 2^53-1; false when it is something else. */
bool   json_uint(span_t value, uint64_t *number);
/* Where two documents differ first, as a path like /predicate/findings[3]/title; appended. False when they are the same bytes. */
bool   json_first_difference(span_t a, span_t b, buffer_t *path);
/* Number of items or members. */
size_t json_count(span_t container);

#endif
