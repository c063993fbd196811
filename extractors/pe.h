/* What others share of PE files: where the file ends (kernels with an EFI stub), names of machines (terse executables). */
#ifndef ASSAY_EXTRACTORS_PE_H
#define ASSAY_EXTRACTORS_PE_H

#include "extractors/extractor.h"

/* The furthest end of headers, sections and the table of certificates, whether or not the image holds it; 0: no PE file. */
uint64_t pe_end(span_t image);

/* "x86-64" …; NULL when it is not known. */
const char *pe_machine_name(uint16_t machine);

#endif
