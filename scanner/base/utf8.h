/* UTF-8, strictly (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF), and what a report may show. */
#ifndef ASSAY_BASE_UTF8_H
#define ASSAY_BASE_UTF8_H

#include "base/bytes.h"
#include "base/buffer.h"

/* Length 1–4 of the valid sequence at the start of `s` with its code point; 0 when there is none. */
size_t utf8_next(span_t s, uint32_t *code_point);
bool   utf8_valid(span_t s);

/* Text that reads as itself: valid UTF-8 without control characters other than tab, line feed, carriage return, form feed. */
bool utf8_is_plain_text(span_t s);

/* Percent-escapes into `out` what must not be shown or could be mistaken: control characters (C0, DEL, C1), bytes that are
 * not UTF-8, bidirectional and zero-width format characters, line and paragraph separators, and '%' itself. */
void escape_text(span_t s, buffer_t *out);

/* As escape_text for a path inside an image: '/' separates; leading '/' and "./" and empty components are dropped, a
 * component ".." becomes "%2E%2E", a backslash "%5C". An empty result becomes ".". */
void escape_path(span_t path, buffer_t *out);

/* Is there nothing in `s` that escape_text would have escaped, a '%' aside? What comes out of the escape functions is so. */
bool text_may_be_shown(span_t s);

#endif
