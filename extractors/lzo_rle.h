/* LZO-RLE, the dialect of LZO1X that Linux writes for F2FS and zram: with a version in front and an instruction for runs of zeros.
 * Layout: Linux, Documentation/staging/lzo.rst. */
#ifndef ASSAY_EXTRACTORS_LZO_RLE_H
#define ASSAY_EXTRACTORS_LZO_RLE_H

#include "base/bytes.h"

/* Decodes the whole block `in`, which may be plain LZO1X as well; false when it is not such a block or becomes longer than `capacity`. */
bool lzo_rle_decode(span_t in, uint8_t *out, size_t capacity, size_t *produced);

#endif
