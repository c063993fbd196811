/* Borrowed text: lines, fields, words. Nothing is copied; what is not there is {NULL, 0}. */
#ifndef ASSAY_ANALYSIS_TEXT_H
#define ASSAY_ANALYSIS_TEXT_H

#include "base/bytes.h"

#include <strings.h>

static inline bool text_is(span_t s, const char *text) { return s.size == strlen(text) &&
                                                        memcmp(s.at != NULL ? s.at : (const uint8_t *)"", text, s.size) == 0; }
static inline bool text_is_nocase(span_t s, const char *text)
{
    return s.at != NULL && s.size == strlen(text) && strncasecmp((const char *)s.at, text, s.size) == 0;
}
static inline bool text_begins(span_t s, const char *prefix) { return span_has_text_at(s, 0, prefix); }
static inline bool text_ends(span_t s, const char *suffix)
{
    size_t size = strlen(suffix);
    return s.size >= size && span_has_text_at(s, s.size - size, suffix);
}

/* From the first `text` in `s` on; {NULL, 0} when it is nowhere. */
static inline span_t text_find(span_t s, const char *text)
{
    const uint8_t *at = s.size > 0 ? memmem(s.at, s.size, text, strlen(text)) : NULL;
    return at != NULL ? span_from(at, s.size - (size_t)(at - s.at)) : (span_t){NULL, 0};
}
static inline bool text_holds(span_t s, const char *text) { return text_find(s, text).at != NULL; }

static inline bool text_is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static inline span_t text_trim(span_t s)
{
    while (s.size > 0 && text_is_blank(s.at[0]))
        s = span_from_offset(s, 1);
    while (s.size > 0 && text_is_blank(s.at[s.size - 1]))
        s.size--;
    return s;
}

/* Without one pair of quotes around it. */
static inline span_t text_unquote(span_t s)
{
    bool quoted = s.size >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[s.size - 1] == s.at[0];
    return quoted ? span_sub(s, 1, s.size - 2) : s;
}

/* The line at `*at`, without its end; moves behind it. False at the end of the text. */
static inline bool text_line(span_t text, size_t *at, span_t *line)
{
    span_t rest = span_from_offset(text, *at);
    if (rest.size == 0)
        return false;
    const uint8_t *feed = memchr(rest.at, '\n', rest.size);
    size_t         size = feed != NULL ? (size_t)(feed - rest.at) : rest.size;
    *at += size + (feed != NULL ? 1 : 0);
    *line = span_sub(rest, 0, size > 0 && rest.at[size - 1] == '\r' ? size - 1 : size);
    return true;
}

/* Without blanks and tabs around it; ends of lines stay. */
static inline span_t text_without_blanks(span_t s)
{
    while (s.size > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = span_from_offset(s, 1);
    while (s.size > 0 && (s.at[s.size - 1] == ' ' || s.at[s.size - 1] == '\t'))
        s = span_sub(s, 0, s.size - 1);
    return s;
}

/* The next run of bytes that are neither blank nor tab; `*s` goes on behind it. Empty at the end. */
static inline span_t text_word(span_t *s)
{
    size_t size = 0;
    *s          = text_without_blanks(*s);
    while (size < s->size && s->at[size] != ' ' && s->at[size] != '\t')
        size++;
    span_t word = span_sub(*s, 0, size);
    *s          = span_from_offset(*s, size);
    return word;
}

/* What stands before the next `c` of `*rest`, which then begins behind it. False when `*rest` is used up. */
static inline bool text_part(span_t *rest, char c, span_t *part)
{
    if (rest->at == NULL)
        return false;
    const uint8_t *end = rest->size > 0 ? memchr(rest->at, c, rest->size) : NULL;
    *part              = end != NULL ? span_sub(*rest, 0, (uint64_t)(end - rest->at)) : *rest;
    *rest              = end != NULL ? span_from_offset(*rest, part->size + 1) : (span_t){NULL, 0};
    return true;
}

/* "key: value" (or with another mark between): both trimmed. False when the mark is not in the line. */
static inline bool text_pair(span_t line, char mark, span_t *key, span_t *value)
{
    const uint8_t *at = line.size > 0 ? memchr(line.at, mark, line.size) : NULL;
    if (at == NULL)
        return false;
    *key   = text_trim(span_sub(line, 0, (uint64_t)(at - line.at)));
    *value = text_trim(span_from_offset(line, (uint64_t)(at - line.at) + 1));
    return true;
}

/* No NUL among the first bytes: worth a look as text. */
static inline bool text_is_text(span_t blob)
{
    span_t head = span_clip(blob, 0, 4096);
    return head.size > 0 && memchr(head.at, '\0', head.size) == NULL;
}

/* The span from the start of `a` to the end of `b`, both parts of one text, `b` not before `a`. */
static inline span_t text_from_to(span_t a, span_t b) { return span_from(a.at, (size_t)(b.at + b.size - a.at)); }

#endif
