/* What boot images of systems on a chip share: simple checksums, the public RC4 key of Rockchip, and parts of code that become children. */
#ifndef ASSAY_EXTRACTORS_SOC_COMMON_H
#define ASSAY_EXTRACTORS_SOC_COMMON_H

#include "extractors/partition_common.h"

/* The sum of all 32-bit little-endian words; bytes that do not fill the last one count as filled with zeros. */
uint32_t soc_sum32(span_t bytes);
/* The sum of all bytes. */
uint32_t soc_sum8(span_t bytes);
/* A CRC-32 with the highest bit first, not inverted at the end, that goes on from `crc`. */
uint32_t soc_crc32(uint32_t crc, uint32_t polynomial, span_t bytes);
/* The CRC of Rockchip's tools: an own polynomial, from 0. */
uint32_t soc_crc_rockchip(span_t bytes);

/* RC4 with the key that Rockchip's boot ROM and tools publish, from the start of its stream. `out` has room for the bytes. */
void soc_rc4(span_t bytes, uint8_t *out);
/* The content of a child: [offset, offset+length) of the image, RC4 undone, the stream begun anew every `packet` bytes (0: never). */
void soc_write_rc4(child_t *child, span_t image, uint64_t offset, uint64_t length, uint64_t packet);

/* The text of a fixed field up to its first NUL; "" in the caller's `out` unless all of it is printable. */
void soc_text(span_t field, char *out, size_t room);

/* One part as a child called `name`. A part whose extent a header proves is CHILD_FILE, a part that is only fenced off CHILD_PAYLOAD.
 * `damage` (may be NULL) is said of it. False: a limit was reached. */
bool soc_show(partitions_t *parts, child_type_t type, const char *name, uint64_t offset, uint64_t length, const char *damage);
/* The same for code behind which device trees may stand: they become children of their own, "STEM.bin" and "STEM.dtb". */
bool soc_show_code(partitions_t *parts, child_type_t type, const char *stem, span_t image, uint64_t offset, uint64_t length, const char *damage);
/* Device trees inside code that the caller claims itself: each becomes a child "device-tree.dtb". */
void soc_show_trees(partitions_t *parts, span_t image, uint64_t offset, uint64_t length);

#endif
