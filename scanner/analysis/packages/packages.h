/* Package databases, manifests and lock files: what a blob says is installed or needed, or what package it describes. */
#ifndef ASSAY_ANALYSIS_PACKAGES_PACKAGES_H
#define ASSAY_ANALYSIS_PACKAGES_PACKAGES_H

#include "base/arena.h"
#include "model/sink.h"

/* Is it worth to ask although parts of the blob belong to children: a program, or a package with its header before its content? */
bool packages_are_in(span_t blob);
/* Says what the first reader that knows `blob` finds in it: RECORD_COMPONENT and RECORD_RELATION, each with its place; what is broken is damage.
 * True when there was such a reader. `blob` must stay as it is as long as `arena`. */
bool packages_examine(span_t blob, arena_t *arena, sink_t *sink);

#endif
