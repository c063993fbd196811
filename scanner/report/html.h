/* A report as one HTML page for reading and printing: no script, no style or picture from elsewhere, nothing fetched. */
#ifndef ASSAY_REPORT_HTML_H
#define ASSAY_REPORT_HTML_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Appends the page. All text is escaped; a Content-Security-Policy in the page forbids everything but its own style. Lists are cut at
 * HTML_ROWS rows, and the page says so. */
enum { HTML_ROWS = 20000 };
status_t html_write(const report_t *report, buffer_t *out);

#endif
