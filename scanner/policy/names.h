/* Lists of texts in a policy. */
#ifndef ASSAY_POLICY_NAMES_H
#define ASSAY_POLICY_NAMES_H

#include <stddef.h>

typedef struct { const char **items; size_t count; } names_t; /* empty: the key was not given, anything goes */

#endif
