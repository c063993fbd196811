/* The components of a report as CycloneDX 1.6 JSON, for tools that take bills of materials. */
#ifndef ASSAY_REPORT_CYCLONEDX_H
#define ASSAY_REPORT_CYCLONEDX_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Appends the bill. The same report gives the same bytes: the serial number is derived from the digest of the statement, and no time is
 * written. */
status_t cyclonedx_write(const report_t *report, buffer_t *out);

#endif
