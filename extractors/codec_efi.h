/* The LZ77 and Huffman coding that firmware calls EFI 1.1 ("standard") and, with a wider field of positions, Tiano. */
#ifndef ASSAY_EXTRACTORS_CODEC_EFI_H
#define ASSAY_EXTRACTORS_CODEC_EFI_H

#include "base/bytes.h"
#include "base/error.h"

enum { CODEC_EFI_POSITION_BITS = 4, CODEC_TIANO_POSITION_BITS = 5 };

/* Decodes `in`, which begins with the sizes of the block. As codec_decode. */
status_t codec_efi_decode(span_t in, unsigned position_bits, uint8_t *out, size_t capacity, size_t *produced);

#endif
