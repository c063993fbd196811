/* What other people's gates read: detached in-toto statements made from a report. They hold no digest of it. */
#ifndef ASSAY_REPORT_ATTEST_H
#define ASSAY_REPORT_ATTEST_H

#include "base/buffer.h"
#include "model/report.h"

/* A SLSA verification summary (https://slsa.dev/verification_summary/v1): PASSED for the verdict accept only, with a level ASSAY_ACCEPT, ASSAY_CONDITIONAL … `time`:
 * RFC 3339. STATUS_INVALID for a report without a policy, which is a field that must be there. */
status_t attest_vsa(const report_t *report, const char *time, buffer_t *out);

/* A SCAI attribute report (https://in-toto.io/attestation/scai/attribute-report/v0.2): one attribute for each origin, and one for the verdict. */
status_t attest_scai(const report_t *report, buffer_t *out);

#endif
