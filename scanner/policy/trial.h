/* Trials of policies: recorded reports, what is added to them, and the verdict that is expected. docs/policy.md tells the file. */
#ifndef ASSAY_POLICY_TRIAL_H
#define ASSAY_POLICY_TRIAL_H

#include "policy/verdict.h"

typedef struct { const char *vendor, *group, *jurisdiction; names_t lists; const char *strength; uint64_t evidence_kinds; } trial_origin_t;
typedef struct { const char *rule, *kind, *severity; uint64_t confidence; } trial_finding_t;
typedef struct { const char *name, *version, *purl; names_t licences; } trial_component_t;

typedef struct {
    const trial_origin_t    *origins;
    const trial_finding_t   *findings;
    const trial_component_t *components;
    size_t                   origin_count, finding_count, component_count;
    uint64_t                 explained_ppm, unknown_run, high_entropy_run; /* UINT64_MAX: as recorded */
    bool                     without_knowledge;
} trial_facts_t;

typedef struct {
    const char      *name, *report; /* report: relative to the file; NULL: that of the whole file */
    bool             has_date;
    int32_t          date;
    placement_t      placement;
    scope_t          scope;
    const char      *plan;          /* relative to the file; NULL */
    names_t          lists;         /* lists that count as being in the knowledge base */
    trial_facts_t    with;
    verdict_result_t expect;
    names_t          matched;       /* exactly these rules match; empty: not asked */
    int              line;
} trial_case_t;

typedef struct {
    const char         *policy, *report; /* policy: a name that ships, or a path relative to the file */
    const trial_case_t *cases;
    size_t              count;
} trial_t;

/* NULL, and "file:line:column: what" in `why`, when it is none. */
const trial_t *trial_load(const char *path, arena_t *arena, char why[POLICY_WHY]);

/* Adds the facts of the case to the report, as if it had been made with `knowledge`, and judges it. `*met` says whether all is as expected, and
 * `why` (of the report's arena) what is not. */
status_t trial_judge(const trial_case_t *trial, report_t *report, const policy_t *policy, const knowledge_t *knowledge, const policy_plan_t *plan,
                     bool *met,
                     const char **why);

#endif
