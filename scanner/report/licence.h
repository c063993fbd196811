/* Is this text a licence as SPDX names licences? What is not, stays words. */
#ifndef ASSAY_REPORT_LICENCE_H
#define ASSAY_REPORT_LICENCE_H

#include <stdbool.h>

/* One identifier of the SPDX licence list that we know. */
bool licence_is_id(const char *text);

/* An expression (SPDX 2.3, annex D) of such identifiers: AND, OR, WITH and a known exception, "+" behind an identifier, parentheses. A single
 * identifier is one, too. */
bool licence_is_expression(const char *text);

#endif
