/* Versions of software in their order, and ranges of them.
 *
 * Numbers compare as numbers, letters as letters, a longer version is the later one (1.0.2 < 1.0.2k < 1.0.2l < 1.0.10). Words of releases to
 * come (alpha, beta, pre, rc, dev, or a '~') stand before the version without them (2.0-rc1 < 2.0). Every two texts can be compared. */
#ifndef ASSAY_POLICY_VERSION_H
#define ASSAY_POLICY_VERSION_H

#include <stdbool.h>

/* Below, at or above 0 as `a` is earlier than, the same as or later than `b`. */
int version_compare(const char *a, const char *b);

/* A range is comparisons that all hold, with blanks between: ">=1.0.1 <1.0.1g"; the operators are < <= = > >=. Is it one? */
bool version_range_valid(const char *range);
/* Is `version` within it? False for a range that is none. */
bool version_in_range(const char *version, const char *range);

#endif
