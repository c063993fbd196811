/* Does what a rule describes stand in a report?
 *
 * Three answers, since not everything is known: a component without a version may be the one whose versions a rule names, an operator may not
 * have said where the device will stand. What may be counts as knowledge that is missing, never as absence. */
#ifndef ASSAY_POLICY_MATCH_H
#define ASSAY_POLICY_MATCH_H

#include "policy/policy.h"

enum { MATCH_EVIDENCE_MAX = 5, FACT_NAME_MAX = 600 };

typedef enum { TRUTH_NO, TRUTH_MAYBE, TRUTH_YES } truth_t; /* in their order */

/* The parts of a match that are satisfied by single facts of a report. */
typedef enum { FACT_ORIGIN, FACT_FINDING, FACT_COMPONENT, FACT_CRYPTO, FACT_KINDS } fact_kind_t;

/* How many facts of a kind are there? (Of crypto: artifacts, most of which are none.) */
size_t      fact_count(const report_t *report, fact_kind_t kind);
/* Does the match ask for facts of this kind, and does this one satisfy it? */
bool        match_wants(const match_t *match, fact_kind_t kind);
truth_t     fact_satisfies(const match_t *match, fact_kind_t kind, const report_t *report, size_t index);
/* What a waiver calls it: "origin:VENDOR", the id of a finding, "component:NAME@VERSION", "crypto:PATH". */
void        fact_name(fact_kind_t kind, const report_t *report, size_t index, char out[FACT_NAME_MAX]);

/* The longest unknown region of inputs and of what was only fenced off in them. A named file is explained by having been extracted,
 * whatever its own bytes are. */
uint64_t report_longest_unknown(const report_t *report, bool high_entropy_only);

/* Where a rule is looked at. */
typedef struct {
    const report_t               *report;
    placement_t                   placement;
    scope_t                       scope;
    const policy_waiver_t *const *waivers;     /* in force for this rule and this report … */
    size_t                        waiver_count;
    bool                         *waiver_used; /* … and which of them met a fact; may be NULL */
    const bool *const            *without;     /* by kind: facts to leave out; NULL: none */
} match_context_t;

typedef struct {
    bool        certain;                      /* satisfied by facts that are known and not waived */
    bool        possible;                     /* satisfied when facts that may be so are, and none that is waived is needed */
    bool        waived;                       /* satisfied with facts that are waived */
    const char *why;                          /* the facts that satisfy it, or the key that none does */
    const char *evidence[MATCH_EVIDENCE_MAX]; /* vendors, ids of findings, components: the first few that satisfy it */
    size_t      evidence_count;
} match_result_t;

/* More facts never turn a true answer of the first three into a false one; a greater coverage may. Texts are allocated in `arena`; false when it is
 * exhausted. */
bool match_rule(const policy_rule_t *rule, const match_context_t *context, arena_t *arena, match_result_t *result);

#endif
