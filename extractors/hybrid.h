/* A disk that is an ISO 9660 image as well: its partition table describes the same blocks as the volume. */
#ifndef ASSAY_EXTRACTORS_HYBRID_H
#define ASSAY_EXTRACTORS_HYBRID_H

#include "extractors/extractor.h"

/* Does a primary volume descriptor stand where ISO 9660 has its first? Then the volume is the view to open, and shows the partitions. */
bool hybrid_is_volume(span_t image);

/* Of the partition tables at the start of such an image (GPT, else MBR): claims the tables, says their facts, and shows each partition that
 * is not the volume itself, not filling, and for which `known` (of an offset) is false. */
typedef bool hybrid_known_t(void *context, uint64_t offset);
void gpt_show_in_volume(span_t image, sink_t *sink, hybrid_known_t *known, void *context);
void mbr_show_in_volume(span_t image, sink_t *sink, hybrid_known_t *known, void *context);
/* Is there a GPT whose first copy can be read? */
bool gpt_is_in_volume(span_t image);

#endif
