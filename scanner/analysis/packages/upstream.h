/* The makers' version inside a distribution's: without epoch, revision and the words for repacked sources. */
#ifndef ASSAY_ANALYSIS_PACKAGES_UPSTREAM_H
#define ASSAY_ANALYSIS_PACKAGES_UPSTREAM_H

#include "base/arena.h"

/* By the rules of the purl type (deb, opkg, apk, rpm, alpm); NULL when the type adds nothing, or nothing was added. */
const char *upstream_of(const char *type, span_t version, arena_t *arena);

#endif
