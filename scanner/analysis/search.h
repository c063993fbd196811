/* One pass over bytes for the magics of all formats. A hit is a candidate, no more: the extractor's probe decides. */
#ifndef ASSAY_ANALYSIS_SEARCH_H
#define ASSAY_ANALYSIS_SEARCH_H

#include "base/bytes.h"
#include "extractors/extractor.h"

typedef struct search search_t;

/* The index over the registry's magics; NULL when out of memory. Read-only after that, so processes may share it. */
search_t *search_new(void);
void      search_free(search_t *search);

typedef struct {
    uint64_t           offset; /* where the image would begin */
    const extractor_t *extractor;
} candidate_t;

/* Extractors that may be asked about the start of `blob`: their magic stands where it should, or they have none. Returns how
 * many were put into `found`, which has room for all of the registry (search_formats). */
size_t search_at_start(const search_t *search, span_t blob, const extractor_t **found);
size_t search_formats(const search_t *search);

enum { CANDIDATES_MAX = 1 << 20 };

/* All candidates whose image begins in [from, to) and whose magic does as well, ascending by offset, at most CANDIDATES_MAX. `*found` is
 * malloc'ed, the caller frees it. `*searched_to`: up to where the bytes were looked at (`to` unless there were too many). */
status_t search_range(const search_t *search, span_t blob, uint64_t from, uint64_t to, candidate_t **found, size_t *count, uint64_t *searched_to);

#endif
