/* Two reports of one thing, before and after: what is new, what is gone, what is different. From the reports alone.
 *
 * Files are the same when they have one path below their input, else when they have one content (moved), else when their paths differ
 * only in offsets. Findings are the same when they have one id, else when one rule speaks of one path: a rebuilt program keeps its findings. How similar a changed
 * file is, is measured in parts per million:
 *   content   of a container: twice the bytes of the files inside that are the same in both, of the bytes of the files in both
 *   layout    of any other file: twice the bytes in ledger rows of one kind, format and length, of the sizes of both;
 *             the bytes themselves may differ */
#ifndef ASSAY_REPORT_DIFF_H
#define ASSAY_REPORT_DIFF_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

typedef enum { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED, DIFF_MOVED } diff_change_t;

typedef struct {
    diff_change_t change;
    const char   *subject, *before, *after, *note; /* NULL: nothing to say */
} diff_row_t;

typedef enum { DIFF_COMPONENTS, DIFF_FILES, DIFF_ORIGINS, DIFF_FINDINGS, DIFF_CERTIFICATES, DIFF_REGIONS, DIFF_SECTIONS } diff_section_t;

typedef struct {
    const report_t *old, *new;
    struct { diff_row_t *rows; size_t count, capacity; } sections[DIFF_SECTIONS]; /* rows ascending by subject */
    size_t   new_findings;  /* of severity low or worse that the old report does not have */
    size_t   new_vendors;   /* at any strength */
    bool     verdict_worse;
    uint64_t coverage_loss; /* parts per million */
    uint64_t not_spoken_for;/* bytes of the new input that are unknown, damaged or were left out: what is gone may be in there */
    arena_t *arena;
} diff_t;

/* Compares; all is allocated in `arena`, the reports are borrowed. */
status_t diff_reports(const report_t *old, const report_t *new, arena_t *arena, diff_t *diff);

/* Is the new report worse than the old one, for a pipeline? Appends a line for each reason. */
bool diff_gate(const diff_t *diff, uint64_t coverage_loss_allowed, buffer_t *reasons);

const char *diff_section_name(diff_section_t section); /* components, files … */
const char *diff_change_name(diff_change_t change);    /* added, removed, changed, moved */

void     diff_text(const diff_t *diff, buffer_t *out);
status_t diff_json(const diff_t *diff, buffer_t *out); /* canonical */
void     diff_html(const diff_t *diff, buffer_t *out); /* one file that needs no other */

#endif
