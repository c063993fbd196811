/* What would have to be otherwise for another verdict: the answer to "what do we have to do about it". */
#ifndef ASSAY_POLICY_CHANGE_H
#define ASSAY_POLICY_CHANGE_H

#include "policy/verdict.h"

enum { CHANGE_FACTS_MAX = 2000 };

typedef struct { fact_kind_t kind; size_t index; } fact_t;

typedef struct {
    bool                   possible;  /* false: it is already the best that the policy can say */
    verdict_result_t       to;        /* what the verdict would be, were all of the following so: */
    const fact_t          *facts;     /* these facts are not there, … */
    size_t                 fact_count;
    const verdict_step_t **steps;     /* … and these steps of the trace, that no single fact decides, do not stand */
    size_t                 step_count;
    bool                   smallest;  /* no smaller part of it would do; false when there are too many facts to try (CHANGE_FACTS_MAX) */
} change_t;

/* Of a report that has been judged by this policy in these circumstances. All is allocated in `arena`. */
status_t change_find(const report_t *report, const policy_t *policy, const circumstances_t *circumstances, arena_t *arena, change_t *change);

#endif
