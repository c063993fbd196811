/* What has to go by a policy: every artifact of every fact that a rule rejects or wants gone by a day, by vendor; what hangs on it; what remains. */
#ifndef ASSAY_REPORT_PLAN_H
#define ASSAY_REPORT_PLAN_H

#include "base/buffer.h"
#include "policy/verdict.h"

typedef struct {
    uint32_t  artifact;
    uint32_t *dependents;   /* artifacts that lose something: what contains it, links to it, or holds the same content */
    size_t    dependent_count;
} plan_artifact_t;

typedef struct {
    const char          *who;      /* vendor, component or rule of the finding: what people talk about */
    const char          *fact;     /* its name in plans and waivers */
    const char          *until;    /* the last day; NULL: now */
    const policy_rule_t *rule;
    const plan_item_t   *planned;  /* NULL: nobody has a plan for it */
    plan_artifact_t     *artifacts;
    size_t               artifact_count;
} plan_entry_t;

typedef struct {
    const report_t  *report;
    plan_entry_t    *entries;      /* ascending by who, then day, then rule */
    size_t           count;
    size_t           artifacts_going, artifacts_remaining, components_remaining, origins_remaining;
    uint64_t         bytes_going;  /* of the different contents that go */
    verdict_result_t now, then;    /* the verdict as it is, and when all of it is gone */
} transition_plan_t;

/* Of a report that has been judged by this policy in these circumstances; all is allocated in `arena`. */
status_t plan_make(const report_t *report, const policy_t *policy, const circumstances_t *circumstances, arena_t *arena, transition_plan_t *plan);

void     plan_text(const transition_plan_t *plan, buffer_t *out);
status_t plan_json(const transition_plan_t *plan, buffer_t *out); /* canonical */

#endif
