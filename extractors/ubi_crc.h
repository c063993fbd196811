/* The checksum that UBI and UBIFS share: CRC-32 (IEEE) from -1, not inverted at the end. */
#ifndef ASSAY_EXTRACTORS_UBI_CRC_H
#define ASSAY_EXTRACTORS_UBI_CRC_H

#include "base/bytes.h"

#include <zlib.h>

static inline uint32_t ubi_crc(span_t bytes) { return (uint32_t)~crc32_z(0, bytes.at, bytes.size); }

#endif
