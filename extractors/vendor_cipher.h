/* Obfuscated contents of vendors' images: undone as a stream into a child. */
#ifndef ASSAY_EXTRACTORS_VENDOR_CIPHER_H
#define ASSAY_EXTRACTORS_VENDOR_CIPHER_H

#include "extractors/extractor.h"

/* Undoes the next `size` bytes in place; `at` counts from the start of the content. */
typedef struct { void *context; void (*undo)(void *context, uint64_t at, uint8_t *bytes, size_t size); } vendor_cipher_t;

/* The child `name`, whose content is [offset, length) of the image, undone. What the image does not hold of it is damage. */
status_t vendor_show_undone(span_t image, sink_t *sink, const char *name, uint64_t offset, uint64_t length, vendor_cipher_t cipher);
/* Hands all of it to `take`, piece after piece, undone. */
void vendor_each_undone(span_t content, vendor_cipher_t cipher, void *context, void (*take)(void *context, span_t piece));

#endif
