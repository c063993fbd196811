/* Names of packages for other tools: package URLs (github.com/package-url/purl-spec) and CPE 2.3 (NIST IR 7695). */
#ifndef ASSAY_ANALYSIS_PACKAGES_PURL_H
#define ASSAY_ANALYSIS_PACKAGES_PURL_H

#include "base/arena.h"

/* pkg:TYPE/[SPACE/]NAME[@VERSION][?arch=ARCH], percent-encoded, in the canonical form of the type; `space` (parts between slashes), `version` and
 * `arch` may be NULL. NULL when out of memory. */
const char *purl_of(const char *type, const char *space, const char *name, const char *version, const char *arch, arena_t *arena);
/* `purl`, a package URL without version, with "@VERSION". */
const char *purl_with_version(const char *purl, const char *version, arena_t *arena);
/* `cpe` is vendor:product (part a) or part:vendor:product. */
const char *cpe_with_version(const char *cpe, const char *version, arena_t *arena);
/* The same for a version that is not known; and `cpe`, as that gives it, with its version known. */
const char *cpe_of_any_version(const char *cpe, arena_t *arena);
const char *cpe_set_version(const char *cpe, const char *version, arena_t *arena);

#endif
