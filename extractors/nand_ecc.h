/* Error-correcting codes of NAND flash: what the spare bytes say of the data before them.
 *
 * Hamming: 22 parities in three bytes, inverted, over 256 or 512 bytes; corrects one bit. BCH: over GF(2^13) for 512 bytes, GF(2^14) for
 * 1024; corrects as many bits as it is made for. */
#ifndef ASSAY_EXTRACTORS_NAND_ECC_H
#define ASSAY_EXTRACTORS_NAND_ECC_H

#include "base/bytes.h"

typedef enum {
    NAND_HAMMING,            /* Linux: high line parities first */
    NAND_HAMMING_SMARTMEDIA, /* low line parities first */
    NAND_BCH                 /* Linux, lib/bch.c: bits from the most significant on; stored so that erased flash holds its own code */
} nand_code_kind_t;

enum { NAND_ECC_BYTES_MAX = 72, NAND_STEP_MAX = 1024, NAND_UNCORRECTABLE = -1 };

typedef struct nand_code nand_code_t;

/* `step`: 256 or 512 (Hamming), 512 or 1024 (BCH); `strength`: bits that it corrects. NULL when out of memory. */
nand_code_t *nand_code_new(nand_code_kind_t kind, unsigned step, unsigned strength);
void         nand_code_free(nand_code_t *code);

/* Bytes that the code of one step takes. */
unsigned nand_code_bytes(nand_code_kind_t kind, unsigned step, unsigned strength);

/* Does `ecc` agree with `data` (one step)? */
bool nand_code_agrees(const nand_code_t *code, const uint8_t *data, const uint8_t *ecc);
/* Corrects `data` and `ecc` in place. Returns how many bits were wrong, or NAND_UNCORRECTABLE, and then nothing is changed. */
int nand_code_correct(const nand_code_t *code, uint8_t *data, uint8_t *ecc);

#endif
