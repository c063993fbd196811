/* The components of a report as a bill of materials in SPDX 2.3 JSON. */
#ifndef ASSAY_REPORT_SPDX_H
#define ASSAY_REPORT_SPDX_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Appends the document. The inputs are packages that contain the components. What is not known is NOASSERTION. A report without run facts has no
 * time: the document is then dated to the epoch and says so. */
status_t spdx_write(const report_t *report, buffer_t *out);

#endif
