/* Alignment between the parts of a format. */
#ifndef ASSAY_EXTRACTORS_GAPS_H
#define ASSAY_EXTRACTORS_GAPS_H

#include "extractors/extractor.h"

typedef struct { uint64_t offset, length; } range_t;

/* Claims as padding what lies between `ranges`, and between the last and `end`, wherever it repeats one byte. Sorts `ranges`;
 * they may overlap and reach past the image. */
void claim_constant_gaps(span_t image, sink_t *sink, range_t *ranges, size_t count, uint64_t end);

#endif
