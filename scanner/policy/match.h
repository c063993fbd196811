/* Does what a rule describes stand in a report? */
#ifndef ASSAY_POLICY_MATCH_H
#define ASSAY_POLICY_MATCH_H

#include "policy/policy.h"

enum { MATCH_EVIDENCE_MAX = 5 };

typedef struct {
    bool        satisfied;
    const char *why;                          /* the facts that satisfy it, or the key that none does */
    const char *evidence[MATCH_EVIDENCE_MAX]; /* vendors, ids of findings, components: the first few that satisfy it */
    size_t      evidence_count;
} match_result_t;

/* More facts never turn a satisfied match into an unsatisfied one; a greater coverage may. Texts are allocated in `arena`; false when it is exhausted. */
bool match_report(const match_t *match, const report_t *report, arena_t *arena, match_result_t *result);

#endif
