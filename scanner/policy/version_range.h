/* Ranges of versions of software, in the order of base/version.h for versions of no known scheme. */
#ifndef ASSAY_POLICY_VERSION_RANGE_H
#define ASSAY_POLICY_VERSION_RANGE_H

#include <stdbool.h>

/* A range is comparisons that all hold, with blanks between: ">=1.0.1 <1.0.1g"; the operators are < <= = > >=. Is it one? */
bool version_range_valid(const char *range);
/* Is `version` within it? False for a range that is none. */
bool version_in_range(const char *version, const char *range);

#endif
