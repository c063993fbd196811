/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format) \
    format(ar)          \
    format(bzip2)       \
    format(cpio)        \
    format(gzip)        \
    format(lz4)         \
    format(lz4_legacy)  \
    format(lzip)        \
    format(lzma)        \
    format(lzop)        \
    format(trx)         \
    format(xz)          \
    format(zlib)        \
    format(zstd)        \

#define DECLARE(id) extern const extractor_t id##_extractor;
#define POINT_AT(id) &id##_extractor,

FORMATS(DECLARE)

const extractor_t *const extractors[] = {FORMATS(POINT_AT) NULL};
