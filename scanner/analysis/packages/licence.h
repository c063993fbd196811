/* Licences by their SPDX names (spdx.org/licenses; SPDX specification 2.3, annex D). */
#ifndef ASSAY_ANALYSIS_PACKAGES_LICENCE_H
#define ASSAY_ANALYSIS_PACKAGES_LICENCE_H

#include "base/arena.h"

/* The SPDX expression that `text` is, or is another way to write; NULL when it is none, or one of no known licence: nothing is guessed. */
const char *licence_expression(span_t text, arena_t *arena);
/* The same, or the words as they stand (cut) where they are no expression; NULL when they say nothing. */
const char *licence_text(span_t text, arena_t *arena);

#endif
