/* Redacting: which leaves of a report are attached to its commitment. The signed statement and its signatures stay as they are. */
#ifndef ASSAY_REPORT_REDACT_H
#define ASSAY_REPORT_REDACT_H

#include "base/buffer.h"
#include "report/commitment.h"
#include "report/sharing.h"

/* Appends the disclosure of what `sharing` shows of the report `statement` (canonical, checked). STATUS_CRYPTO when the commitment is not that of this
 * report with this secret: nothing may be shared then, since nobody could verify it. */
status_t redact_write(span_t statement, const sha256_t *secret, const commitment_t *commitment, const sharing_t *sharing, buffer_t *out);

#endif
