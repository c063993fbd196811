#include "extractors/gaps.h"

#include <stdlib.h>

static int by_offset(const void *a, const void *b)
{
    uint64_t x = ((const range_t *)a)->offset, y = ((const range_t *)b)->offset;
    return x < y ? -1 : x > y;
}

static void claim_if_constant(span_t image, sink_t *sink, uint64_t from, uint64_t to)
{
    span_t gap = from < to ? span_clip(image, from, to - from) : (span_t){NULL, 0};
    if (gap.size > 0 && span_is_filled_with(gap, gap.at[0]))
        sink_claim(sink, from, gap.size, REGION_PADDING);
}

void claim_constant_gaps(span_t image, sink_t *sink, range_t *ranges, size_t count, uint64_t end)
{
    uint64_t at = 0;
    if (count > 1)
        qsort(ranges, count, sizeof *ranges, by_offset);
    for (size_t i = 0; i < count; i++) {
        uint64_t next;
        if (ranges[i].length == 0 || ranges[i].offset >= end || !checked_add(ranges[i].offset, ranges[i].length, &next))
            continue;
        claim_if_constant(image, sink, at, ranges[i].offset);
        at = max_u64(at, next);
    }
    claim_if_constant(image, sink, at, end);
}
