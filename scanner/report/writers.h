/* The table of forms that a report can be written in. A new one is a writer and a line in writers.c. */
#ifndef ASSAY_REPORT_WRITERS_H
#define ASSAY_REPORT_WRITERS_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

typedef struct {
    const char *name, *what;
    status_t  (*write)(const report_t *report, buffer_t *out); /* appends; the same report gives the same bytes */
} writer_t;

/* Ends with a writer without a name. */
extern const writer_t writers[];

/* NULL when there is none of that name. `size` bytes of `name` count. */
const writer_t *writer_named(const char *name, size_t size);

#endif
