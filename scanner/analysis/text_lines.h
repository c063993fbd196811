/* Lines of a text, one after the other. */
#ifndef ASSAY_ANALYSIS_TEXT_LINES_H
#define ASSAY_ANALYSIS_TEXT_LINES_H

#include "base/bytes.h"

/* The line at `*at` of `text`, without its end ("\n", "\r\n"); `*at` goes on to the next. False behind the last. */
static inline bool next_line(span_t text, size_t *at, span_t *line)
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

static inline bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

static inline span_t without_blanks(span_t s)
{
    while (s.size > 0 && is_blank(s.at[0]))
        s = span_from_offset(s, 1);
    while (s.size > 0 && is_blank(s.at[s.size - 1]))
        s = span_sub(s, 0, s.size - 1);
    return s;
}

/* The next run of bytes that are not blank; `*s` goes on behind it. Empty at the end. */
static inline span_t next_word(span_t *s)
{
    size_t size = 0;
    *s          = without_blanks(*s);
    while (size < s->size && !is_blank(s->at[size]))
        size++;
    span_t word = span_sub(*s, 0, size);
    *s          = span_from_offset(*s, size);
    return word;
}

#endif
