/* The findings of a report as SARIF 2.1.0: what code-scanning platforms and pipelines take in. */
#ifndef ASSAY_REPORT_SARIF_H
#define ASSAY_REPORT_SARIF_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Appends the log. Every result has a place (one without an artifact gets the first input), since some readers drop those that have none. */
status_t sarif_write(const report_t *report, buffer_t *out);

#endif
