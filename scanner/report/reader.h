/* A report from its bytes: strictly, since it may come from anyone. */
#ifndef ASSAY_REPORT_READER_H
#define ASSAY_REPORT_READER_H

#include "base/buffer.h"
#include "model/report.h"
#include "report/dsse.h"

enum { REPORT_BYTES_MAX = 512 << 20, REPORT_WHY = 256 };

/* The model that `statement` was written from. Refused (STATUS_INVALID, `why` says where and what) is whatever is not in canonical form,
 * is not our kind of statement, refers to what is not there, names no member of an enumeration, holds text that may not be
 * shown, or a ledger that does not account for every byte. Unknown members are ignored: later minor versions add some.
 * On success *report is the caller's. */
status_t reader_report(span_t statement, report_t **report, char why[REPORT_WHY]);

/* A file that is an envelope with a statement inside or the bare statement. */
typedef struct {
    buffer_t        bytes;
    bool            is_signed;  /* an envelope with signatures, which are still to be verified */
    dsse_envelope_t envelope;
    span_t          statement;  /* borrowed from one of the above */
} report_file_t;

/* Reads `path` ("-": standard input); free in any case. `why` says what is wrong with it. */
status_t report_file_read(const char *path, report_file_t *file, char why[REPORT_WHY]);
void     report_file_free(report_file_t *file);

#endif
