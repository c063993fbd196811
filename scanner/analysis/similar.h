/* Programs that are nearly those of a known vendor: context-triggered piecewise hashes (ssdeep, libfuzzy) against a set that the user
 * built from samples. A likeness supports an origin, it never proves one.
 * The set is a file: vendor (of the knowledge base), samples: [{name, size, fuzzy}] */
#ifndef ASSAY_ANALYSIS_SIMILAR_H
#define ASSAY_ANALYSIS_SIMILAR_H

#include "analysis/knowledge.h"
#include "analysis/own_bytes.h"
#include "model/sink.h"

enum {
    SIMILAR_BYTES_MIN = 4096, SIMILAR_BYTES_MAX = 64 << 20, /* smaller ones are alike by chance, larger ones are images, not programs */
    SIMILAR_SAMPLES_MAX = 100000, SIMILAR_SCORE_MIN = 60,   /* of 100 */
    SIMILAR_TEXT = 160                                      /* a hash with its NUL */
};

typedef struct similar similar_t;

/* Reads the set in `path` into `arena`. NULL and `*why`, with file and line, when it is wrong or names a vendor nobody knows.
 * `*source`: name and digest for the report. */
similar_t *similar_load(const char *path, const knowledge_t *knowledge, arena_t *arena, report_source_t *source, const char **why);

/* The hash of `bytes`; false when they are too few, too many or out of memory. */
bool similar_hash(span_t bytes, char hash[SIMILAR_TEXT]);

/* Says a supporting marker "similar" for the sample that is most like the blob, if one is near enough. The first of equals counts. */
void similar_check(const similar_t *similar, const own_bytes_t *own, arena_t *arena, sink_t *sink);

#endif
