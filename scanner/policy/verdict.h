/* From what was found to what follows.
 *
 * Every rule is looked at; the worst effect of those that match is the verdict (reject, inconclusive, conditional, accept). Acceptance has
 * to be earned beside that: something was examined, with knowledge, enough of it is explained, nothing was damaged, left out or crashed.
 * What is not earned is inconclusive. So more bad news never makes the answer better, and no news is never good news. */
#ifndef ASSAY_POLICY_VERDICT_H
#define ASSAY_POLICY_VERDICT_H

#include "policy/match.h"
#include "policy/plan_file.h"

/* What a verdict depends on beside report and policy. What is not known is left at 0 or NULL, and never helps to an acceptance. */
typedef struct {
    bool                 has_date;
    int32_t              date;      /* the day for which the question is asked: days since 1970-01-01 */
    placement_t          placement;
    scope_t              scope;     /* unknown: that of the policy, when it has a single one */
    const knowledge_t   *knowledge; /* that of today */
    const policy_plan_t *plan;
} circumstances_t;

/* Fills report->verdict, with a step in the trace for every requirement and every rule, all in the report's arena. `policy` NULL: inconclusive.
 * STATUS_MEMORY leaves the verdict inconclusive. */
status_t verdict_in(report_t *report, const policy_t *policy, const circumstances_t *circumstances);
/* The same where nothing else is known. */
status_t verdict_of(report_t *report, const policy_t *policy);

/* What one rule says. */
typedef struct {
    match_result_t          match;
    const policy_waiver_t **waivers; /* in force for it */
    bool                   *met;     /* which of them met a fact */
    size_t                  waiver_count;
    verdict_result_t        certain; /* its effect when the match is certain; of a transition: conditional until its day when each
                                      * thing that has to go is planned for or no plan is asked, inconclusive without a plan or a date, then reject */
    verdict_result_t        effect;  /* what it adds to the verdict; accept when it does not match */
} rule_answer_t;

/* Asks one rule; facts in `without` (by kind; NULL: none) are left out. False when `arena` is exhausted. */
bool verdict_rule(const policy_t *policy, const policy_rule_t *rule, const report_t *report, const circumstances_t *circumstances,
                  const bool *const *without,
                  arena_t *arena, rule_answer_t *answer);
/* How many waivers of the verdict's trace are not in use: expired, not yet valid, or about nothing that was found. */
size_t verdict_unused_waivers(const report_verdict_t *verdict);

/* What the verdict would be without the steps that give the one it is: the worst effect of the others. */
verdict_result_t verdict_without_worst(const report_verdict_t *verdict);

/* accept 0, reject 1, inconclusive 3, conditional 4 */
int verdict_exit_code(verdict_result_t result);

#endif
