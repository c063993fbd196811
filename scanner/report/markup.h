/* Text inside XML and HTML. */
#ifndef ASSAY_REPORT_MARKUP_H
#define ASSAY_REPORT_MARKUP_H

#include "base/buffer.h"

/* Appends `text` (NULL: nothing), with what markup gives a meaning replaced by references. Control characters, which XML cannot hold at all,
 * become U+FFFD; what a report holds has none but tab and line ends. */
void markup_text(buffer_t *out, const char *text);

#endif
