/* TOC0 and TOC1 of Allwinner's secure boot: the same table with other sizes of its rows. */
#ifndef ASSAY_EXTRACTORS_ALLWINNER_TOC_H
#define ASSAY_EXTRACTORS_ALLWINNER_TOC_H

#include "extractors/soc_common.h"

typedef struct {
    const char *format;
    unsigned    name_size, header_size, item_size, item_name_size; /* item_name_size 0: a number */
} toc_kind_t;

unsigned toc_probe(span_t image, const toc_kind_t *kind);
uint64_t toc_extent(span_t image, const toc_kind_t *kind);
status_t toc_extract(span_t image, const toc_kind_t *kind, sink_t *sink);

#endif
