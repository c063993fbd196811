/* From what was found to what follows.
 *
 * Every rule is looked at; the worst effect of those that match is the verdict (reject, inconclusive, conditional, accept). Acceptance has
 * to be earned beside that: something was examined, with knowledge, enough of it is explained, nothing was damaged, left out or crashed.
 * What is not earned is inconclusive. So more bad news never makes the answer better, and no news is never good news. */
#ifndef ASSAY_POLICY_VERDICT_H
#define ASSAY_POLICY_VERDICT_H

#include "policy/policy.h"

/* Fills report->verdict, with a step in the trace for every requirement and every rule, all in the report's arena. `policy` NULL: inconclusive.
 * STATUS_MEMORY leaves the verdict inconclusive. */
status_t verdict_of(report_t *report, const policy_t *policy);

/* What the verdict would be without the steps that give the one it is: the worst effect of the others. */
verdict_result_t verdict_without_worst(const report_verdict_t *verdict);

/* accept 0, reject 1, inconclusive 3, conditional 4 */
int verdict_exit_code(verdict_result_t result);

#endif
