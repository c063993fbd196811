/* A writer of canonical JSON: RFC 8785 restricted to strings, booleans, null and integers of at most 2^53-1 in size.
 * The caller writes members in ascending order of key; the writer refuses any other order, so what it wrote is canonical.
 * Keys are ASCII, so that byte order and UTF-16 order agree. Output grows in a buffer or, when a sink is set, is handed on
 * in blocks. Failure sticks: check json_finish once.
 * (jansson, which reads, owns the names json_object, json_array, json_integer and json_null.) */
#ifndef ASSAY_BASE_JSON_H
#define ASSAY_BASE_JSON_H

#include "base/buffer.h"
#include "base/error.h"

enum { JSON_DEPTH = 24, JSON_KEY = 80 };
#define JSON_INTEGER_MAX ((uint64_t)9007199254740991)

typedef struct {
    buffer_t    out;
    unsigned    depth;
    bool        failed;
    const char *why; /* static text: the first thing that went wrong */
    struct { bool is_object, has_members, awaits_value; char last_key[JSON_KEY]; } level[JSON_DEPTH];
} json_writer_t;

void json_begin_object(json_writer_t *w);
void json_end_object(json_writer_t *w);
void json_begin_array(json_writer_t *w);
void json_end_array(json_writer_t *w);
/* The key of the next value; must be greater than the object's previous key. */
void json_key(json_writer_t *w, const char *key);
/* `text` must be valid UTF-8, else the writer fails. NULL is written as null. */
void json_put_text(json_writer_t *w, const char *text);
void json_put_span(json_writer_t *w, span_t text);
void json_put_integer(json_writer_t *w, uint64_t value);
void json_put_signed(json_writer_t *w, int64_t value);
void json_put_bool(json_writer_t *w, bool value);
/* value ÷ 100 in the shortest decimal form. Never part of a report, which knows no fractions: for formats of others that want them. */
void json_put_hundredths(json_writer_t *w, unsigned value);
void json_put_null(json_writer_t *w);

/* Member forms: key, then value. The _if_ forms leave the member out when there is nothing to say. */
void json_member_text(json_writer_t *w, const char *key, const char *text);
void json_member_text_if(json_writer_t *w, const char *key, const char *text);
void json_member_integer(json_writer_t *w, const char *key, uint64_t value);
void json_member_bool(json_writer_t *w, const char *key, bool value);

/* OK when all that was opened is closed and nothing failed. */
status_t json_finish(json_writer_t *w);
void     json_free(json_writer_t *w);

#endif
