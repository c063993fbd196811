/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format) \
    format(cab)         \
    format(iso9660)     \
    format(lha)         \
    format(rar)         \
    format(rar5)        \
    format(sevenzip)    \
    format(tar)         \
    format(tar_v7)      \
    format(trx)         \
    format(warc)        \
    format(xar)         \
    format(zip)         \

#define DECLARE(id) extern const extractor_t id##_extractor;
#define POINT_AT(id) &id##_extractor,

FORMATS(DECLARE)

const extractor_t *const extractors[] = {FORMATS(POINT_AT) NULL};
