/* Base64 of RFC 4648, a line at a time. */
#ifndef ASSAY_EXTRACTORS_BASE64_COMMON_H
#define ASSAY_EXTRACTORS_BASE64_COMMON_H

#include "base/bytes.h"

/* What `text` stands for: quartets of the alphabet, the last perhaps filled up with '='; out has room for 3 bytes for each 4 of it. False: it
 * is not that. `*ended`: it was filled up, so nothing may follow. */
bool base64_line(span_t text, uint8_t *out, size_t *size, bool *ended);

#endif
