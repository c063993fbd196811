/* UTF-16, little-endian, as file systems of Microsoft keep names in. */
#ifndef ASSAY_EXTRACTORS_UTF16_H
#define ASSAY_EXTRACTORS_UTF16_H

#include "base/buffer.h"

/* Appends `units` as UTF-8. A surrogate without its partner becomes the three bytes it would have alone: nothing is lost, and
 * reports escape it as what it is, not UTF-8. An odd last byte is left out. */
void utf16le_append(buffer_t *out, span_t units);

/* The same up to the first zero unit, for fields of fixed width. */
void utf16le_append_text(buffer_t *out, span_t units);

/* How many bytes of `units` stand before the first zero unit (all, when there is none). */
size_t utf16le_length(span_t units);

#endif
