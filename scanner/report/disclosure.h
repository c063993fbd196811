/* A redacted file from the reader's side: what is disclosed, and that all of it is what was signed. */
#ifndef ASSAY_REPORT_DISCLOSURE_H
#define ASSAY_REPORT_DISCLOSURE_H

#include "base/error.h"
#include "report/commitment.h"

enum { DISCLOSURE_WHY = 256 };

typedef struct {
    struct { uint64_t records, shown, fields; } sections[COMMITMENT_SECTIONS_MAX]; /* in the commitment's order: there are, of them shown, fields shown */
    uint64_t shown_fields, shown_records, withheld_records; /* withheld: nothing at all is shown of it */
    span_t   profile;      /* "" for paths only */
} disclosure_counts_t;

/* Does every leaf stand where the commitment says? A leaf changed, moved or shown twice, a proof that does not fit, a summary that is
 * not wholly shown are STATUS_CRYPTO; what is not of our form is STATUS_INVALID; `why` says where. */
status_t disclosure_check(span_t disclosure, const commitment_t *commitment, disclosure_counts_t *counts, char why[DISCLOSURE_WHY]);

/* Checks, and appends what is disclosed as lines of text: the summary, then each section with what is withheld. */
status_t disclosure_list(span_t disclosure, const commitment_t *commitment, buffer_t *out, char why[DISCLOSURE_WHY]);

#endif
