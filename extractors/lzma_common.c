#include "extractors/lzma_common.h"

step_t lzma_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made)
{
    lzma_decoder_t *d = decoder;
    d->z.next_in      = in->at;
    d->z.avail_in     = in->size;
    d->z.next_out     = out;
    d->z.avail_out    = room;
    lzma_ret result   = lzma_code(&d->z, LZMA_RUN);
    *in               = span_from_offset(*in, in->size - d->z.avail_in);
    *made             = room - d->z.avail_out;
    if (d->seen != NULL && *made > 0)
        d->seen(d->context, span_from(out, *made));
    switch (result) {
    case LZMA_STREAM_END: return STEP_END;
    case LZMA_OK:
    case LZMA_BUF_ERROR: return STEP_MORE;
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR: return STEP_MEMORY;
    default: return STEP_BROKEN;
    }
}
