/* Parts of a report as tables (RFC 4180): for spreadsheets. */
#ifndef ASSAY_REPORT_CSV_H
#define ASSAY_REPORT_CSV_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Append one table: a line of names, then a line for each component, finding, or artifact. A text that a spreadsheet would take for a formula
 * gets an apostrophe in front. */
status_t csv_write_components(const report_t *report, buffer_t *out);
status_t csv_write_findings(const report_t *report, buffer_t *out);
status_t csv_write_files(const report_t *report, buffer_t *out);

#endif
