/* Base64 (RFC 4648), strictly: one text for one run of bytes. */
#ifndef ASSAY_REPORT_BASE64_H
#define ASSAY_REPORT_BASE64_H

#include "base/buffer.h"

/* Appends the standard form with padding. */
void base64_encode(span_t bytes, buffer_t *out);

/* Appends what `text` stands for. Either alphabet (standard or URL and file name safe), not both; padding complete or
 * absent; no white space; bits behind the last byte are zero. False when it is anything else, or memory ran out. */
bool base64_decode(span_t text, buffer_t *out);

#endif
