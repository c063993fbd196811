/* CRC-32C (Castagnoli): what XFS, btrfs, ext4, erofs and others check their metadata with. */
#ifndef ASSAY_EXTRACTORS_CRC32C_H
#define ASSAY_EXTRACTORS_CRC32C_H

#include "base/bytes.h"

/* The checksum of what `crc` is the checksum of, followed by `bytes`; 0 is that of nothing. "123456789" has 0xE3069283. */
uint32_t crc32c(uint32_t crc, span_t bytes);
/* The checksum of `bytes` as if the four bytes at `field` were zero, as where a structure holds its own. */
uint32_t crc32c_without(span_t bytes, size_t field);

#endif
