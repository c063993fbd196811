/* What plain device trees and FIT images have in common: a flattened device tree, read by libfdt. */
#ifndef ASSAY_EXTRACTORS_DEVICETREE_H
#define ASSAY_EXTRACTORS_DEVICETREE_H

#include "extractors/extractor.h"

typedef struct {
    uint64_t total, header, reservations, structure, structure_size, strings, strings_size;
    bool     truncated; /* the image ends before the tree does */
} fdt_layout_t;

/* The header, checked for all that can be checked without a walk; false when this is no device tree. */
bool fdt_layout_read(span_t image, fdt_layout_t *layout);

/* A tree that libfdt may walk: aligned (a copy where the image is not), whole, checked in full. */
typedef struct { const void *tree; void *copy; } fdt_view_t;
/* False when the tree is truncated or broken, or there is no memory for a copy. */
bool fdt_view_open(span_t image, const fdt_layout_t *layout, fdt_view_t *view);
void fdt_view_close(fdt_view_t *view);

/* Claims header, reservation map, structure and strings, and the constant gaps between them. What is claimed before stands. */
void fdt_claim(span_t image, const fdt_layout_t *layout, sink_t *sink);

/* A property as text: its strings joined by a comma and a space (a comma alone is part of many), cut to `size`. False when it is absent or not text. */
bool fdt_text(const void *tree, int node, const char *property, char *out, size_t size);
/* Says fdt_text as a fact, when there is any. */
void fdt_fact(const void *tree, int node, const char *property, const char *key, sink_t *sink);

#endif
