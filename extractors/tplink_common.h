/* What TP-Link's image headers of version 1 to 3 share: the table of the parts and the salted MD5. */
#ifndef ASSAY_EXTRACTORS_TPLINK_COMMON_H
#define ASSAY_EXTRACTORS_TPLINK_COMMON_H

#include "extractors/vendor_image.h"

enum { TPLINK_HEADER_SIZE = 0x200 };

typedef struct {
    uint64_t md5_at, length_at; /* behind the length stand offset and length of kernel, root file system and boot loader */
    uint8_t  salts[2][MD5_SIZE]; /* stands for the MD5 while it is computed: without, with a boot loader */
} tplink_layout_t;

/* Adds length, parts and sum to `out`. False when they contradict each other. */
bool tplink_read_parts(span_t image, const tplink_layout_t *layout, vendor_image_t *out);

#endif
