/* LZNT1, the compression of NTFS. Source: Microsoft, [MS-XCA] 2.5. */
#ifndef ASSAY_EXTRACTORS_LZNT1_H
#define ASSAY_EXTRACTORS_LZNT1_H

#include "base/bytes.h"

/* Decodes chunks of 4096 bytes until `in` ends, a chunk header is zero, or `out` is full. False when a chunk is not sound: then
 * `*produced` is what stands before it. */
bool lznt1_decode(span_t in, uint8_t *out, size_t capacity, size_t *produced);

#endif
