/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format) \
    format(devicetree)  \
    format(fit)         \
    format(trx)         \
    format(uimage)      \

#define DECLARE(id) extern const extractor_t id##_extractor;
#define POINT_AT(id) &id##_extractor,

FORMATS(DECLARE)

#ifdef ASSAY_TEST_EXTRACTORS
extern const extractor_t takeover_extractor; /* tests/engine/takeover.c */
#define TEST_FORMATS &takeover_extractor,
#else
#define TEST_FORMATS
#endif

const extractor_t *const extractors[] = {FORMATS(POINT_AT) TEST_FORMATS NULL};
