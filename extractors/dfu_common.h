/* The suffix that ends every file for USB device firmware upgrade (see dfu.c). */
#ifndef ASSAY_EXTRACTORS_DFU_COMMON_H
#define ASSAY_EXTRACTORS_DFU_COMMON_H

#include "extractors/extractor.h"

typedef struct { uint16_t device, product, vendor, version; uint8_t length; uint32_t crc; bool crc_agrees; } dfu_suffix_t;

/* False: the image does not end with one. */
bool dfu_read_suffix(span_t image, dfu_suffix_t *suffix);
/* Claims it and says its facts. */
void dfu_say_suffix(span_t image, const dfu_suffix_t *suffix, sink_t *sink);

#endif
