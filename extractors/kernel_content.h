/* What a Linux kernel carries inside, whatever wraps it: its banner, its configuration, a built-in initramfs. */
#ifndef ASSAY_EXTRACTORS_KERNEL_CONTENT_H
#define ASSAY_EXTRACTORS_KERNEL_CONTENT_H

#include "extractors/extractor.h"

typedef struct { span_t text, version; } kernel_banner_t; /* "Linux version 6.1.0 (builder@host) (gcc …) #1 …", "6.1.0" */

/* The first whole banner in `body`; false when there is none. */
bool kernel_banner_find(span_t body, kernel_banner_t *banner);

/* Says the facts kernel.version and kernel.banner; false when there is no banner. */
bool kernel_say_banner(span_t body, sink_t *sink);

/* Children in [from, to) of the image: "config.gz" (IKCONFIG) and "initramfs" (a cpio archive, plain or compressed, that was
 * looked into). The rest is left to the caller to claim. */
void kernel_add_children(span_t image, uint64_t from, uint64_t to, sink_t *sink);

#endif
