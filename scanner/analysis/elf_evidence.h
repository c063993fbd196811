/* What an ELF file tells of the components around it: the libraries it asks for, and how new they must be at least. */
#ifndef ASSAY_ANALYSIS_ELF_EVIDENCE_H
#define ASSAY_ANALYSIS_ELF_EVIDENCE_H

#include "analysis/components.h"

/* Says RECORD_RELATION (depends-on, to "soname:…") for each library that `blob` asks for, with the newest version of its symbols that it
 * asks for as constraint: ">= GLIBC_2.34" is a lower bound, no more. `names` is set; left empty when the blob is no ELF file. */
void elf_evidence_examine(span_t blob, arena_t *arena, elf_names_t *names, sink_t *sink);

#endif
