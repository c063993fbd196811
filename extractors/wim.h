/* The codecs of WIM (wim_codec.c), for wim.c. */
#ifndef ASSAY_EXTRACTORS_WIM_H
#define ASSAY_EXTRACTORS_WIM_H

#include "base/bytes.h"

enum { WIM_CHUNK = 32768 };

/* One chunk into exactly `size` bytes, at most WIM_CHUNK for LZX and 65536 for XPRESS. False: it does not decode to them. */
bool wim_xpress(span_t in, uint8_t *out, size_t size);
bool wim_lzx(span_t in, uint8_t *out, size_t size);

#endif
