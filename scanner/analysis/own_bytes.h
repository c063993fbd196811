/* The bytes of a blob that are its own to examine: all but those that belong to a child, which has its own turn. */
#ifndef ASSAY_ANALYSIS_OWN_BYTES_H
#define ASSAY_ANALYSIS_OWN_BYTES_H

#include "base/arena.h"
#include "model/ledger.h"

typedef struct { uint64_t offset, length; } own_range_t;

typedef struct {
    span_t             blob;
    const own_range_t *ranges; /* ascending, disjoint, never adjacent */
    size_t             count;
} own_bytes_t;

/* Ranges shorter than this hold nothing that a rule could match. */
enum { OWN_RANGE_MIN = 8 };

/* Neighbouring regions of the settled `ledger` that no child owns are joined; false when out of memory. */
bool own_bytes_of(span_t blob, const ledger_t *ledger, arena_t *arena, own_bytes_t *own);
/* Does the blob own all its bytes? */
static inline bool own_is_whole(const own_bytes_t *own) { return own->count == 1 && own->ranges[0].length == own->blob.size; }
/* The bytes of range `index`. */
static inline span_t own_span(const own_bytes_t *own, size_t index)
{
    return span_sub(own->blob, own->ranges[index].offset, own->ranges[index].length);
}
/* The range that holds `offset`; NULL when none does. */
const own_range_t *own_range_at(const own_bytes_t *own, uint64_t offset);
/* Where `text` next stands at or behind `from`, wholly inside one range; UINT64_MAX when nowhere. */
uint64_t own_find(const own_bytes_t *own, uint64_t from, span_t text, bool ignore_case);

#endif
