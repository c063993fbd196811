/* What others share of PE files: where the file ends (kernels with an EFI stub), names of machines (terse executables), resources. */
#ifndef ASSAY_EXTRACTORS_PE_H
#define ASSAY_EXTRACTORS_PE_H

#include "extractors/extractor.h"

/* The furthest end of headers, sections and the table of certificates, whether or not the image holds it; 0: no PE file. */
uint64_t pe_end(span_t image);

/* "x86-64" …; NULL when it is not known. */
const char *pe_machine_name(uint16_t machine);

/* The sections, to find what is named by its address in memory. */
typedef struct { span_t image; uint64_t sections_at; unsigned sections; } pe_map_t;
bool pe_map_address(const pe_map_t *map, uint64_t address, uint64_t *offset);

/* Each resource as a child below ".rsrc/", version information as facts. `address` of the tree; 0: there is none. */
void pe_show_resources(const pe_map_t *map, uint64_t address, sink_t *sink);

#endif
