/* Takes facts away until no rule gives the verdict any more, then puts back each that was not needed.
 * What is left has no smaller part that would do. */
#include "policy/change.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const report_t        *report;
    const policy_t        *policy;
    const circumstances_t *circumstances;
    arena_t               *arena, *scratch;
    bool                  *without[FACT_KINDS];
    bool                   failed;
} search_t;

static verdict_result_t effect_of(search_t *s, const policy_rule_t *rule)
{
    rule_answer_t answer = {0};
    arena_reset(s->scratch);
    if (!verdict_rule(s->policy, rule, s->report, s->circumstances, (const bool *const *)s->without, s->scratch, &answer))
        s->failed = true;
    return answer.effect;
}

static size_t satisfying(const search_t *s, const match_t *match, fact_kind_t kind)
{
    size_t count = 0;
    for (size_t i = 0; i < fact_count(s->report, kind); i++)
        count += !s->without[kind][i] && fact_satisfies(match, kind, s->report, i) != TRUTH_NO;
    return count;
}

/* Takes away the fewest facts without which the rule does not match; false when it asks for no facts. */
static bool take_away(search_t *s, const policy_rule_t *rule)
{
    fact_kind_t fewest = FACT_KINDS;
    size_t      count  = SIZE_MAX;
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++) {
        size_t here = match_wants(&rule->match, kind) ? satisfying(s, &rule->match, kind) : SIZE_MAX;
        if (here < count) {
            count  = here;
            fewest = kind;
        }
    }
    if (fewest == FACT_KINDS)
        return false;
    for (size_t i = 0; i < fact_count(s->report, fewest); i++)
        if (fact_satisfies(&rule->match, fewest, s->report, i) != TRUTH_NO)
            s->without[fewest][i] = true;
    return true;
}

static size_t taken(const search_t *s)
{
    size_t count = 0;
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++)
        for (size_t i = 0; i < fact_count(s->report, kind); i++)
            count += s->without[kind][i];
    return count;
}

/* `asked`: the rules that facts can silence and that give the verdict. */
static bool still_silent(search_t *s, const policy_rule_t *const *asked, size_t count, verdict_result_t verdict)
{
    for (size_t i = 0; i < count; i++)
        if (effect_of(s, asked[i]) >= verdict)
            return false;
    return true;
}

static void put_back(search_t *s, const policy_rule_t *const *asked, size_t count, verdict_result_t verdict)
{
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++)
        for (size_t i = 0; i < fact_count(s->report, kind) && !s->failed; i++)
            if (s->without[kind][i]) {
                s->without[kind][i] = false;
                s->without[kind][i] = !still_silent(s, asked, count, verdict);
            }
}

static const verdict_step_t *step_of(const report_verdict_t *verdict, const char *rule)
{
    for (size_t i = 0; i < verdict->trace_count; i++)
        if (strcmp(verdict->trace[i].rule, rule) == 0)
            return &verdict->trace[i];
    return NULL;
}

static void list_facts(search_t *s, change_t *change)
{
    size_t  count = taken(s);
    fact_t *facts = arena_array(s->arena, count, sizeof *facts);
    s->failed     = s->failed || facts == NULL;
    for (fact_kind_t kind = 0; kind < FACT_KINDS && facts != NULL; kind++)
        for (size_t i = 0; i < fact_count(s->report, kind); i++)
            if (s->without[kind][i])
                facts[change->fact_count++] = (fact_t){kind, i};
    change->facts = facts;
}

/* `items` without those that are taken away. */
static void *left_over(search_t *s, fact_kind_t kind, const void *items, size_t *count, size_t size)
{
    uint8_t *left = arena_array(s->arena, *count, size);
    size_t   kept = 0;
    s->failed     = s->failed || left == NULL;
    for (size_t i = 0; i < *count && left != NULL; i++)
        if (!s->without[kind][i])
            memcpy(left + size * kept++, (const uint8_t *)items + size * i, size);
    *count = kept;
    return left;
}

/* The worst step that is left when a report without the facts is judged and the steps of the change do not stand. */
static verdict_result_t verdict_otherwise(search_t *s, const change_t *change)
{
    report_t         report = *s->report;
    verdict_result_t worst  = s->policy->best, effect;
    report.arena            = s->arena;
    report.origins          = left_over(s, FACT_ORIGIN, report.origins, &report.origin_count, sizeof *report.origins);
    report.findings         = left_over(s, FACT_FINDING, report.findings, &report.finding_count, sizeof *report.findings);
    report.components       = left_over(s, FACT_COMPONENT, report.components, &report.component_count, sizeof *report.components);
    size_t artifacts        = report.artifact_count;
    report.artifacts        = (report_artifact_t *)(uintptr_t)arena_copy(s->arena, span_from(report.artifacts,
                                                                                             artifacts * sizeof *report.artifacts)).at;
    s->failed               = s->failed || report.artifacts == NULL;
    for (size_t i = 0; i < artifacts && !s->failed; i++)
        if (s->without[FACT_CRYPTO][i])
            report.artifacts[i].fact_count = 0;
    s->failed = s->failed || !status_ok(verdict_in(&report, s->policy, s->circumstances));
    for (size_t i = 0; i < report.verdict.trace_count && !s->failed; i++) {
        const verdict_step_t *step   = &report.verdict.trace[i];
        bool                  lifted = !step->matched;
        for (size_t k = 0; k < change->step_count && !lifted; k++)
            lifted = strcmp(change->steps[k]->rule, step->rule) == 0;
        if (!lifted && verdict_from(step->effect, &effect) && effect > worst)
            worst = effect;
    }
    return worst;
}

static void search(search_t *s, change_t *change)
{
    const report_verdict_t *verdict  = &s->report->verdict;
    size_t                  asked_count = 0;
    const policy_rule_t   **asked    = arena_array(s->arena, s->policy->rule_count, sizeof *asked);
    const verdict_step_t  **steps    = arena_array(s->arena, verdict->trace_count, sizeof *steps);
    if (asked == NULL || steps == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < verdict->trace_count; i++) /* those of waivers follow from rules */
        if (verdict->trace[i].matched && verdict->result == VERDICT_INCONCLUSIVE && strchr(verdict->trace[i].rule, ':') != NULL &&
            strncmp(verdict->trace[i].rule, "assay:waiver:", 13) != 0)
            steps[change->step_count++] = &verdict->trace[i];
    for (size_t i = 0; i < s->policy->rule_count && !s->failed; i++) {
        const policy_rule_t *rule = &s->policy->rules[i];
        if (effect_of(s, rule) < verdict->result)
            continue;
        if (take_away(s, rule))
            asked[asked_count++] = rule;
        else
            steps[change->step_count++] = step_of(verdict, rule->id);
    }
    change->smallest = taken(s) <= CHANGE_FACTS_MAX;
    if (change->smallest)
        put_back(s, asked, asked_count, verdict->result);
    change->steps = steps;
    change->to    = s->failed ? verdict->result : verdict_otherwise(s, change);
    list_facts(s, change);
}

status_t change_find(const report_t *report, const policy_t *policy, const circumstances_t *circumstances, arena_t *arena, change_t *change)
{
    search_t s = {.report = report, .policy = policy, .circumstances = circumstances, .arena = arena, .scratch = arena_new(SIZE_MAX)};
    *change    = (change_t){0};
    s.failed   = s.scratch == NULL;
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++) {
        s.without[kind] = arena_array(arena, fact_count(report, kind), sizeof **s.without);
        s.failed        = s.failed || s.without[kind] == NULL;
    }
    change->possible = !s.failed && (report->verdict.result > policy->best);
    if (change->possible)
        search(&s, change);
    arena_free(s.scratch);
    return s.failed ? status_fail(STATUS_MEMORY, "policy", 0, "out of memory") : ok();
}
