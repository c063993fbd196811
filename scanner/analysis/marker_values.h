/* What the value of a marker is: text in an encoding, bytes, a number, an address. One line of a table a kind. */
#ifndef ASSAY_ANALYSIS_MARKER_VALUES_H
#define ASSAY_ANALYSIS_MARKER_VALUES_H

#include "analysis/knowledge.h"

bool marker_kind_from(const char *name, marker_kind_t *kind);
bool encoding_from(const char *name, encoding_t *encoding);

/* The most that a marker of this kind can ever say. */
strength_t marker_strongest(marker_kind_t kind);

/* Is it looked for as bytes, along with the rules? */
bool marker_is_searched(marker_kind_t kind);

/* Hardware that is supported rather than contained, numbers in registries: kinds of one family do not confirm each other. `kind` as in
 * the report; NULL: a family of its own. */
const char *marker_family(const char *kind);

/* Sets bytes and number from value, kind and encoding, in `arena`. False and `*why`, without the value, when it does not fit. */
bool marker_set_value(marker_t *marker, arena_t *arena, const char **why);

#endif
