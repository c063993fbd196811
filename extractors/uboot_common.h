/* What the images of U-Boot for 32-bit and 64-bit Arm share. Both are linked to be moved, so a table of relative relocations stands at their
 * end: where its entries lead proves the address they are linked for and where they end. Source: U-Boot, arch/arm/lib/relocate.S. */
#ifndef ASSAY_EXTRACTORS_UBOOT_COMMON_H
#define ASSAY_EXTRACTORS_UBOOT_COMMON_H

#include "extractors/soc_common.h"

/* The image holds [0, end), is linked for `base`; relocations: where their table begins (it ends where U-Boot does), 0 when none is proven. */
typedef struct { uint64_t base, header_size, end, relocations; bool is_first_stage; } uboot_t;

/* Where the code names itself ("U-Boot 2023.01", "U-Boot SPL 2023.01"); 0: nowhere. */
size_t uboot_version_at(span_t code);

/* Facts, the header, the table and the code of a U-Boot whose `header_size` bytes are a header that the caller has checked. With a table the
 * whole is a linked program, as an ELF file would be; without one the code is a child. Device trees inside become children. */
void uboot_show(const uboot_t *uboot, span_t image, sink_t *sink);

#endif
