/* What the update images of device vendors share: one header that names the board and the parts, sums over it and over them, and parts
 * that become children under their names. */
#ifndef ASSAY_EXTRACTORS_VENDOR_IMAGE_H
#define ASSAY_EXTRACTORS_VENDOR_IMAGE_H

#include "extractors/extractor.h"

enum { VENDOR_PARTS_MAX = 64, VENDOR_SUMS_MAX = 8, MD5_SIZE = 16 };

typedef struct { span_t name; uint64_t offset, length; } vendor_part_t;

/* A checksum that could be computed: what it covers, what is said when it does not agree, and what it is worth when it does. */
typedef struct { const char *what; uint64_t offset, length; unsigned bits; bool agrees; } vendor_sum_t;

/* What a format's header says of an image. Zero it; then fill in what the format holds. */
typedef struct {
    uint64_t      header; /* bytes of the header, which are its structure */
    uint64_t      length; /* of the whole image, by its header */
    unsigned      bits;   /* evidence in the header, its sums left out */
    vendor_part_t parts[VENDOR_PARTS_MAX];
    size_t        part_count;
    vendor_sum_t  sums[VENDOR_SUMS_MAX];
    size_t        sum_count;
} vendor_image_t;

/* A part of no length is none. Parts beyond VENDOR_PARTS_MAX are left out. */
void vendor_add_part(vendor_image_t *image, span_t name, uint64_t offset, uint64_t length);
void vendor_add_sum(vendor_image_t *image, const char *what, uint64_t offset, uint64_t length, unsigned bits, bool agrees);

/* The evidence of the header and of the sums that agree. */
unsigned vendor_bits(const vendor_image_t *image);
uint64_t vendor_extent(span_t bytes, const vendor_image_t *image);
/* Claims the header, says what is missing and which sums do not agree, and gives every part as a child. */
status_t vendor_show(span_t bytes, sink_t *sink, const vendor_image_t *image);
/* The same without the parts. */
void vendor_claim(span_t bytes, sink_t *sink, const vendor_image_t *image);

/* The text in a field of fixed size, up to the first 00 or FF. False unless it is printable ASCII, CR, LF and TAB included. */
bool vendor_text(span_t bytes, uint64_t offset, uint64_t size, span_t *text);
/* The fact, unless the text is empty; the ends of lines behind it are left out. */
void vendor_fact(sink_t *sink, const char *key, span_t text);

/* The digests of several pieces as one. False when OpenSSL fails. */
bool vendor_md5(const span_t *pieces, size_t count, uint8_t digest[MD5_SIZE]);

#endif
