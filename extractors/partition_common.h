/* What partition tables and other containers of named parts share: parts that become children under the names that the table gives. */
#ifndef ASSAY_EXTRACTORS_PARTITION_COMMON_H
#define ASSAY_EXTRACTORS_PARTITION_COMMON_H

#include "base/buffer.h"
#include "extractors/extractor.h"

enum { PARTITION_NAME_MAX = 128 };

typedef struct {
    sink_t  *sink;
    buffer_t names; /* of the parts so far, each with a NUL */
} partitions_t;

/* The name of part `number` as one component of a path, unique among those before: what the table calls it, cut to 128 bytes with '/'
 * as %2F; "partitionN" when it has no name; with "-N" behind it when the name was taken. Valid until the next call. */
span_t partition_name(partitions_t *parts, span_t name, unsigned number);

/* The part [offset, offset+length) of the image as a child. What the image does not hold of it is damage. False: a limit was reached. */
bool partition_show(partitions_t *parts, span_t name, unsigned number, uint64_t offset, uint64_t length);

void partitions_free(partitions_t *parts);

#endif
