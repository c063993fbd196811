/* A verdict explained: every step that was taken, and the least that would have to be otherwise for another verdict. */
#ifndef ASSAY_REPORT_EXPLANATION_H
#define ASSAY_REPORT_EXPLANATION_H

#include "base/buffer.h"
#include "policy/change.h"

/* Appends a tree for people: by effect, the worst first; what did not match, too. */
void explanation_tree(const report_t *report, const change_t *change, buffer_t *out);
/* Appends one line for each step that matched with another effect than to accept, below the verdict. */
void explanation_steps(const report_t *report, buffer_t *out);
/* Appends {"change":{facts[],smallest,steps[],to}|null,"verdict":{…}} in canonical form; "verdict" as in the report. */
status_t explanation_json(const report_t *report, const change_t *change, buffer_t *out);

#endif
