/* The whole of one job: what is this blob, what is inside it, and which byte belongs to what. */
#ifndef ASSAY_ANALYSIS_EXAMINE_H
#define ASSAY_ANALYSIS_EXAMINE_H

#include "analysis/analyser.h"
#include "analysis/search.h"

/* Says everything about `blob` through `output`, RECORD_DONE last. `open` is false at the depth limit: then nothing inside is
 * opened, and that is recorded. `analyser` may be NULL (tests of extraction alone). Errors: memory only. */
status_t examine_blob(const search_t *search, analyser_t *analyser, span_t blob, bool open, const limits_t *limits, sink_output_t output);

#endif
