/* liblzma's decoders as steps of a stream: for xz, lzip and LZMA-alone. No threads are ever asked for. */
#ifndef ASSAY_EXTRACTORS_LZMA_COMMON_H
#define ASSAY_EXTRACTORS_LZMA_COMMON_H

#include "extractors/stream_common.h"

#include <lzma.h>

/* A decoder and what is to be done with its output besides handing it on. */
typedef struct {
    lzma_stream z;
    void      (*seen)(void *context, span_t decoded); /* NULL: nothing */
    void       *context;
} lzma_decoder_t;

step_t lzma_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made);

#endif
