/* Is this JSON in the one form that assay writes? RFC 8785 restricted as in base/json.h: no white space, keys strictly
 * ascending (so none twice), no escape that is not needed, integers only and no larger than 2^53-1, nothing behind the value.
 * Whoever reads a report asks this first: two readers can then not understand it differently. */
#ifndef ASSAY_BASE_CANONICAL_H
#define ASSAY_BASE_CANONICAL_H

#include "base/bytes.h"
#include "base/error.h"

/* STATUS_INVALID with the offset of the first byte that may not stand there. Needs no memory that grows with the input. */
status_t json_check_canonical(span_t json);

#endif
