/* Programs packed by UPX, for the formats of programs. */
#ifndef ASSAY_EXTRACTORS_UPX_H
#define ASSAY_EXTRACTORS_UPX_H

#include "extractors/extractor.h"

/* Facts, and the limit that what was packed is not unpacked, when the image holds a UPX header whose checksum agrees. */
void upx_say(span_t image, sink_t *sink);

#endif
