#include "policy/verdict.h"

#include "policy/match.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- what acceptance has to earn -------------------------------------------------------------------------------------- */

/* NULL: earned. Else why not, allocated in the report's arena; the static text `exhausted` when that is full. */
typedef const char *requirement_t(const report_t *report, const policy_limits_t *limits);

static const char exhausted[] = "out of memory";

static const char *said(const char *text) { return text != NULL ? text : exhausted; }

static const char *something_was_examined(const report_t *report, const policy_limits_t *limits)
{
    (void)limits;
    bool known = report->component_count > 0;
    for (size_t i = 0; i < report->artifact_count && !known; i++)
        known = report->artifacts[i].format != NULL;
    if (report->coverage.bytes == 0 || report->artifact_count == 0)
        return "there is nothing in the report";
    return known ? NULL : "no format and no component was recognised in the input";
}

/* Where one of these is empty, what the policy looks for cannot be found, and not finding it means nothing. */
static const char *with_knowledge(const report_t *report, const policy_limits_t *limits)
{
    static const char *const needed[] = {"rules", "vendors", "lists"};
    (void)limits;
    for (size_t n = 0; n < sizeof needed / sizeof *needed; n++) {
        bool there = false;
        for (size_t i = 0; i < report->source_count; i++)
            there = there || (strcmp(report->sources[i].name, needed[n]) == 0 && report->sources[i].count > 0);
        if (!there)
            return said(arena_printf(report->arena, "there were no %s to compare with", needed[n]));
    }
    return NULL;
}

static const char *enough_is_explained(const report_t *report, const policy_limits_t *limits)
{
    uint64_t explained = report->coverage.parts_per_million;
    return explained >= limits->min_explained_ppm
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " of a million bytes are explained, %" PRIu64 " are asked for", explained, limits->min_explained_ppm));
}

static int compare_ledger(const void *digest, const void *ledger) { return memcmp(digest, &((const report_ledger_t *)ledger)->sha256, sizeof(sha256_t)); }

/* The longest unknown region of inputs and of what was only fenced off in them. A named file is explained by having been extracted,
 * whatever its own bytes are. */
static uint64_t longest_unknown(const report_t *report, bool high_entropy_only)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < report->artifact_count; i++) {
        const report_artifact_t *a = &report->artifacts[i];
        if (a->parent != NO_ARTIFACT && a->type != CHILD_PAYLOAD)
            continue;
        const report_ledger_t *ledger = report->ledger_count == 0 ? NULL : bsearch(&a->sha256, report->ledgers, report->ledger_count, sizeof *ledger, compare_ledger);
        for (size_t r = 0; ledger != NULL && r < ledger->count; r++)
            if (ledger->regions[r].kind == REGION_UNKNOWN && (!high_entropy_only || ledger->regions[r].class == CLASS_COMPRESSED_OR_ENCRYPTED))
                longest = max_u64(longest, ledger->regions[r].length);
    }
    return longest;
}

static const char *no_long_unknown_run(const report_t *report, const policy_limits_t *limits)
{
    uint64_t longest = longest_unknown(report, false);
    return longest <= limits->max_unknown_run
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " bytes in one run are unknown, %" PRIu64 " are allowed", longest, limits->max_unknown_run));
}

static const char *nothing_that_looks_encrypted(const report_t *report, const policy_limits_t *limits)
{
    uint64_t longest = longest_unknown(report, true);
    return longest <= limits->max_unknown_high_entropy
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " unknown bytes in one run look compressed or encrypted, %" PRIu64 " are allowed", longest,
                                   limits->max_unknown_high_entropy));
}

static const char *count_of(const report_t *report, size_t count, const char *what)
{
    return count == 0 ? NULL : said(arena_printf(report->arena, "%zu %s", count, what));
}

static const char *no_limit_was_reached(const report_t *report, const policy_limits_t *limits)
{
    size_t count = 0;
    (void)limits;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].kind == FINDING_LIMIT;
    return count_of(report, count, "times a limit was reached and something left unexamined");
}

static const char *nothing_was_damaged(const report_t *report, const policy_limits_t *limits)
{
    size_t count = 0;
    (void)limits;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].kind == FINDING_DAMAGE && report->findings[i].severity >= SEVERITY_MEDIUM;
    return count_of(report, count, "parts are damaged and could not be read whole");
}

static const char *no_worker_crashed(const report_t *report, const policy_limits_t *limits)
{
    size_t count = 0;
    (void)limits;
    for (size_t i = 0; i < report->finding_count; i++)
        count += strcmp(report->findings[i].rule, "worker-crash") == 0;
    return count_of(report, count, "times the examination itself crashed");
}

/* The ids cannot be ids of a policy's rules, which have no colon. */
static const struct { const char *id, *reason; requirement_t *unmet; } requirements[] = {
    {"assay:content", "A report about nothing cannot be a reason to accept.", something_was_examined},
    {"assay:knowledge", "Without knowledge nothing can be found.", with_knowledge},
    {"assay:coverage", "Too little of the input is explained.", enough_is_explained},
    {"assay:unknown-run", "A long part of the input is unknown.", no_long_unknown_run},
    {"assay:unknown-high-entropy", "Something unknown looks compressed or encrypted.", nothing_that_looks_encrypted},
    {"assay:limits", "A part of the input was not examined.", no_limit_was_reached},
    {"assay:damage", "A part of the input could not be read.", nothing_was_damaged},
    {"assay:worker-crash", "The examination did not come to its end.", no_worker_crashed},
};

enum { REQUIREMENTS = sizeof requirements / sizeof *requirements };

/* ---- the trace -------------------------------------------------------------------------------------------------------- */

static const char *kept(report_t *report, const char *text, bool *good)
{
    const char *copy = text != NULL ? arena_text(report->arena, span_from_text(text)) : NULL;
    *good            = *good && (text == NULL || copy != NULL);
    return copy;
}

static bool judge_rule(report_t *report, const policy_rule_t *rule, verdict_step_t *step)
{
    match_result_t match;
    bool           good = match_report(&rule->match, report, report->arena, &match);
    const char   **evidence = good ? arena_array(report->arena, match.evidence_count, sizeof *evidence) : NULL;
    if (evidence == NULL)
        return false;
    for (size_t i = 0; i < match.evidence_count; i++)
        evidence[i] = match.evidence[i];
    *step = (verdict_step_t){
        .rule = kept(report, rule->id, &good), .matched = match.satisfied, .effect = verdict_name(rule->effect), .why = match.why,
        .reason = kept(report, rule->reason, &good), .reference = kept(report, rule->reference, &good),
        .evidence = evidence, .evidence_count = match.evidence_count};
    return good;
}

static verdict_step_t requirement_step(const report_t *report, const policy_t *policy, size_t index)
{
    const char *unmet = requirements[index].unmet(report, &policy->limits);
    return (verdict_step_t){
        .rule = requirements[index].id, .matched = unmet != NULL, .effect = verdict_name(VERDICT_INCONCLUSIVE),
        .why = unmet != NULL ? unmet : "as it should be", .reason = requirements[index].reason};
}

static status_t no_policy(report_t *report)
{
    verdict_step_t *step = arena_alloc(report->arena, sizeof *step);
    if (step == NULL)
        return status_fail(STATUS_MEMORY, "policy", 0, "out of memory");
    *step = (verdict_step_t){.rule = "assay:policy", .matched = true, .effect = verdict_name(VERDICT_INCONCLUSIVE), .why = "no policy was given",
                             .reason = "Without a policy there is no answer."};
    report->verdict.trace       = step;
    report->verdict.trace_count = 1;
    return ok();
}

status_t verdict_of(report_t *report, const policy_t *policy)
{
    report->verdict = (report_verdict_t){.result = VERDICT_INCONCLUSIVE};
    if (policy == NULL)
        return no_policy(report);
    size_t            count  = REQUIREMENTS + policy->rule_count;
    verdict_step_t   *trace  = arena_array(report->arena, count, sizeof *trace);
    bool              good   = trace != NULL;
    verdict_result_t  result = policy->rule_count > 0 ? VERDICT_ACCEPT : VERDICT_INCONCLUSIVE;
    const char       *id = kept(report, policy->id, &good), *digest = kept(report, policy->digest, &good);
    for (size_t i = 0; good && i < count; i++) {
        if (i < REQUIREMENTS)
            trace[i] = requirement_step(report, policy, i);
        else
            good = judge_rule(report, &policy->rules[i - REQUIREMENTS], &trace[i]);
        verdict_result_t effect = i < REQUIREMENTS ? VERDICT_INCONCLUSIVE : policy->rules[i - REQUIREMENTS].effect;
        if (good && trace[i].matched && effect > result)
            result = effect;
    }
    if (!good)
        return status_fail(STATUS_MEMORY, "policy", 0, "out of memory while judging the report");
    report->verdict = (report_verdict_t){.result = result, .policy = id, .policy_digest = digest, .trace = trace, .trace_count = count};
    return ok();
}

verdict_result_t verdict_without_worst(const report_verdict_t *verdict)
{
    verdict_result_t worst = VERDICT_ACCEPT, effect;
    for (size_t i = 0; i < verdict->trace_count; i++)
        if (verdict->trace[i].matched && verdict_from(verdict->trace[i].effect, &effect) && effect < verdict->result && effect > worst)
            worst = effect;
    return worst;
}

int verdict_exit_code(verdict_result_t result)
{
    static const int codes[] = {[VERDICT_ACCEPT] = 0, [VERDICT_REJECT] = 1, [VERDICT_INCONCLUSIVE] = 3, [VERDICT_CONDITIONAL] = 4};
    return codes[result];
}
