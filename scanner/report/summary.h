/* A report for people at a terminal: one screen that answers the four questions, and lists of everything. */
#ifndef ASSAY_REPORT_SUMMARY_H
#define ASSAY_REPORT_SUMMARY_H

#include "base/buffer.h"
#include "model/report.h"

typedef struct {
    unsigned columns; /* no line is longer; at least 60 */
    unsigned rows;    /* of each list; the rest is counted */
    bool     colour;  /* the caller has looked at the terminal and at NO_COLOR */
} summary_options_t;

/* Appends the summary. */
void summary_write(const report_t *report, const summary_options_t *options, buffer_t *out);

/* Appends all of one part, a line for each thing, uncut: tree, components, origins, findings, ledger or verdict. False when `part` is none of these. */
bool listing_write(const report_t *report, const char *part, buffer_t *out);

#endif
