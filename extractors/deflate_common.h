/* Raw DEFLATE (RFC 1951) with a running checksum, for the two wrappers around it: gzip and zlib. */
#ifndef ASSAY_EXTRACTORS_DEFLATE_COMMON_H
#define ASSAY_EXTRACTORS_DEFLATE_COMMON_H

#include "extractors/stream_common.h"

#include <zlib.h>

typedef struct {
    z_stream z;
    bool     ready;
    uLong  (*checksum)(uLong sum, const Bytef *bytes, z_size_t size);
    uLong    sum; /* over the decoded bytes, as the checksum function goes on from its first value */
} deflate_t;

/* Decodes one DEFLATE stream at stream->at; `d` is zeroed by the caller but for `checksum`, and may be used again. */
stream_end_t deflate_decode(span_t image, stream_t *stream, deflate_t *d);
void         deflate_free(deflate_t *d);

#endif
