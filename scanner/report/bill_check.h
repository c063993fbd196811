/* Does the report hold what a bill of materials must say? */
#ifndef ASSAY_REPORT_BILL_CHECK_H
#define ASSAY_REPORT_BILL_CHECK_H

#include "base/buffer.h"
#include "model/report.h"

/* Appends a table: for each field that `rules` ("ntia" or "bsi") want, how many components have it, and which do not. *missing: how many are
 * missing in all. False when there are no such rules, or no memory (then `out` has failed). Sources: NTIA, "The Minimum Elements For a
 * Software Bill of Materials" (2021), "Data Fields"; BSI TR-03183-2, version 2.1.0, sections 5.2.1 and 5.2.2. */
bool bill_check(const report_t *report, const char *rules, buffer_t *out, size_t *missing);

#endif
