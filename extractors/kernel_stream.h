/* Compressed streams inside boot wrappers and kernels: where they are and where they end. The formats themselves are opened
 * by their own extractors, as children. */
#ifndef ASSAY_EXTRACTORS_KERNEL_STREAM_H
#define ASSAY_EXTRACTORS_KERNEL_STREAM_H

#include "extractors/extractor.h"

typedef struct { uint64_t offset, length; const char *format; } kernel_stream_t;

/* The first stream in [from, to) of the image that holds together up to its end (checksums, sizes of blocks, decoding). */
bool kernel_stream_find(span_t image, uint64_t from, uint64_t to, kernel_stream_t *stream);

/* The length of the one that begins `bytes`; 0 when none does, or it does not hold together. */
uint64_t kernel_stream_length(span_t bytes, const char **format);

/* The first `size` decoded bytes of a gzip, xz, lzma or zstd stream; false when they cannot be had. */
bool kernel_stream_head(span_t bytes, uint8_t *head, size_t size);

#endif
