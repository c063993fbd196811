/* JSON, one value after the other, without a tree: every text keeps its place, which evidence needs, and what stands before a break is read
 * (jansson gives neither). Nothing is decoded: a text is the bytes between its quotes. */
#ifndef ASSAY_ANALYSIS_PACKAGES_JSON_PULL_H
#define ASSAY_ANALYSIS_PACKAGES_JSON_PULL_H

#include "analysis/text.h"

typedef struct { span_t in; size_t at; bool broken; /* sticks: from then on nothing more is there */ } json_pull_t;

static inline json_pull_t json_pull_from(span_t text) { return (json_pull_t){text, 0, false}; }
/* Does the text begin, after blanks, with this bracket? */
bool json_pull_begins(span_t text, uint8_t bracket);
/* Goes into the object ('{') or array ('[') that is the next value. False when the next value is another: it is still to be taken. */
bool json_pull_enter(json_pull_t *j, uint8_t bracket);
/* In an object: the next key; its value is next. False at the end of the object, which is left. */
bool json_pull_member(json_pull_t *j, span_t *key);
/* In an array: is there a next item? It is next. False at the end of the array, which is left. */
bool json_pull_item(json_pull_t *j);
/* Takes the next value. True when it is a text, which goes to `*text`. */
bool json_pull_text(json_pull_t *j, span_t *text);
static inline void json_pull_skip(json_pull_t *j)
{
    span_t text;
    (void)json_pull_text(j, &text);
}
/* The text members of the object that is next, whose names are in `keys` (ended by NULL), go to `values`; absent: {NULL, 0}. Takes the value. */
void json_pull_fields(json_pull_t *j, const char *const *keys, span_t *values);
/* The value of the member `key` of the object that the text is, at the top, is next in `*j`. False when there is none. */
bool json_pull_find(span_t text, const char *key, json_pull_t *j);

#endif
