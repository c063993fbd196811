#include "extractors/deflate_common.h"

static step_t inflate_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made)
{
    deflate_t *d   = decoder;
    d->z.next_in   = (z_const Bytef *)in->at;
    d->z.avail_in  = (uInt)in->size;
    d->z.next_out  = out;
    d->z.avail_out = (uInt)room;
    int result     = inflate(&d->z, Z_NO_FLUSH);
    *in            = span_from_offset(*in, in->size - d->z.avail_in);
    *made          = room - d->z.avail_out;
    d->sum         = d->checksum(d->sum, out, *made);
    switch (result) {
    case Z_STREAM_END: return STEP_END;
    case Z_OK:
    case Z_BUF_ERROR: return STEP_MORE;
    case Z_MEM_ERROR: return STEP_MEMORY;
    default: return STEP_BROKEN;
    }
}

stream_end_t deflate_decode(span_t image, stream_t *stream, deflate_t *d)
{
    int result = d->ready ? inflateReset(&d->z) : inflateInit2(&d->z, -MAX_WBITS);
    if (result != Z_OK)
        return stream_no_memory(image, stream);
    d->ready = true;
    d->sum   = d->checksum(0, NULL, 0);
    return stream_pump(image, image.size, stream, inflate_step, d);
}

void deflate_free(deflate_t *d)
{
    if (d->ready)
        (void)inflateEnd(&d->z);
    d->ready = false;
}
