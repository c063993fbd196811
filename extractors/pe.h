/* What kernels with an EFI stub share with PE files: where the file ends. */
#ifndef ASSAY_EXTRACTORS_PE_H
#define ASSAY_EXTRACTORS_PE_H

#include "extractors/extractor.h"

/* The furthest end of headers, sections and the table of certificates, whether or not the image holds it; 0: no PE file. */
uint64_t pe_end(span_t image);

#endif
