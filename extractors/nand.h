/* What the parts of the reader of NAND dumps share: geometries, layouts of the code in the spare bytes, and what proves them. */
#ifndef ASSAY_EXTRACTORS_NAND_H
#define ASSAY_EXTRACTORS_NAND_H

#include "extractors/extractor.h"
#include "extractors/nand_ecc.h"

enum { NAND_PAGE_MAX = 16384, NAND_SPARE_MAX = 1664 };

typedef struct { uint16_t page, spare; } nand_geometry_t;

typedef struct {
    nand_geometry_t  geometry;
    bool             has_code;          /* false: what the spare bytes hold is not known */
    nand_code_kind_t kind;
    uint16_t         step, strength, ecc_at;
    const uint8_t   *places;            /* in the spare area, of each byte of code; NULL: from ecc_at on, without gaps */
} nand_layout_t;

/* How it is known. */
typedef struct {
    nand_layout_t layout;
    unsigned      steps, agreed; /* of the sampled pages: steps that hold something, and of them those whose code agrees */
    const char   *format;        /* what is found in the data once the spare bytes are taken out; NULL: the code is the proof */
    unsigned      bits;
} nand_proof_t;

/* Is this a dump with spare areas? */
bool nand_prove(span_t image, nand_proof_t *proof);

/* Where the byte `index` of the page's code stands in the spare area. */
static inline unsigned nand_place(const nand_layout_t *layout, unsigned index)
{
    return layout->places != NULL ? layout->places[index] : layout->ecc_at + index;
}

#endif
