/* An index of many reports: one SQLite file. Reports come from anyone, so each is read as strictly as everywhere; the index
 * holds nothing that they do not say and can be thrown away at any time. Several processes may fill it and ask it at once. */
#ifndef ASSAY_REPORT_FLEET_H
#define ASSAY_REPORT_FLEET_H

#include "base/error.h"
#include "model/report.h"

#include <stdio.h>

typedef struct fleet fleet_t;

enum { FLEET_WHY = 512, FLEET_TERMS_MAX = 16 };

/* Opens the index at `path`; `write` makes it when it is not there. NULL, and `why`, when it cannot be had or is none of ours. */
fleet_t *fleet_open(const char *path, bool write, char why[FLEET_WHY]);
void     fleet_close(fleet_t *fleet);

/* What tells whether a file has changed since it was read. */
typedef struct { int64_t size, changed; /* nanoseconds */ } fleet_stamp_t;

/* Is the file in the index as it is? */
bool     fleet_is_current(fleet_t *fleet, const char *path, const fleet_stamp_t *stamp);
/* Puts the report in, in place of what was there of that path; all of it or nothing. */
status_t fleet_put(fleet_t *fleet, const char *path, const fleet_stamp_t *stamp, const report_t *report, bool is_signed);
/* Takes out a path; also when it is not there. */
status_t fleet_remove(fleet_t *fleet, const char *path);
/* Calls `keep` for every path and takes out those for which it says no; returns how many, negative when the index fails. */
int64_t  fleet_prune(fleet_t *fleet, bool (*keep)(void *context, const char *path), void *context);
uint64_t fleet_count(fleet_t *fleet);

/* One term of a question: "component:NAME[@VERSION]", "vendor:ID", "sha256:HEX", "finding:RULE-OR-ID", "path:PATH" (the end of
 * a path, or a pattern with '*' and '?'), "verdict:RESULT". */
typedef struct {
    const char *report;                  /* path of the report's file */
    const char *input, *verdict;
    const char *what, *where;            /* what the first term met, and the path of the artifact, or NULL */
} fleet_hit_t;

/* Reports in which every term is met, and for each all that the first term meets there, in order of path. `hit` returns
 * false to stop. STATUS_INVALID, and
 * `why`, when a term is none. */
status_t fleet_find(fleet_t *fleet, const char *const *terms, size_t count, bool (*hit)(void *context, const fleet_hit_t *), void *context,
                    char why[FLEET_WHY]);

#endif
