/* The report as an in-toto Statement v1 in canonical JSON: the bytes that are signed. */
#ifndef ASSAY_REPORT_STATEMENT_H
#define ASSAY_REPORT_STATEMENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "model/report.h"

/* The names under which others recognise what we write. The major version is part of the predicate type: within it, fields
 * are only added. */
#define STATEMENT_TYPE         "https://in-toto.io/Statement/v1"
#define STATEMENT_PAYLOAD_TYPE "application/vnd.in-toto+json"
#define REPORT_PREDICATE_TYPE  "https://assay.dev/report/v1"

/* Appends the statement to `out`. The same report gives the same bytes. A report that contradicts itself (an index out of
 * range, text that is not UTF-8, acceptance without a policy) is refused; `out` is then of no use. */
status_t statement_write(const report_t *report, buffer_t *out);

/* Writes the verdict with its trace as the report holds it. */
void statement_put_verdict(json_writer_t *w, const report_verdict_t *verdict);

#endif
