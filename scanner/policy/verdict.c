#include "policy/verdict.h"

#include "policy/date.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- what acceptance has to earn -------------------------------------------------------------------------------------- */

typedef struct { const report_t *report; const policy_t *policy; const circumstances_t *circumstances; } question_t;

/* NULL: earned. Else why not, allocated in the report's arena; the static text `exhausted` when that is full. */
typedef const char *requirement_t(const question_t *question);

static const char exhausted[] = "out of memory";

static const char *said(const char *text) { return text != NULL ? text : exhausted; }

static const char *something_was_examined(const question_t *question)
{
    const report_t *report = question->report;
    bool known = report->component_count > 0;
    for (size_t i = 0; i < report->artifact_count && !known; i++)
        known = report->artifacts[i].format != NULL;
    if (report->coverage.bytes == 0 || report->artifact_count == 0)
        return "there is nothing in the report";
    return known ? NULL : "no format and no component was recognised in the input";
}

/* Where one of these is empty, what the policy looks for cannot be found, and not finding it means nothing. */
static const char *with_knowledge(const question_t *question)
{
    const report_t *report = question->report;
    static const char *const needed[] = {"rules", "vendors", "lists"};
    for (size_t n = 0; n < sizeof needed / sizeof *needed; n++) {
        bool there = false;
        for (size_t i = 0; i < report->source_count; i++)
            there = there || (strcmp(report->sources[i].name, needed[n]) == 0 && report->sources[i].count > 0);
        if (!there)
            return said(arena_printf(report->arena, "there were no %s to compare with", needed[n]));
    }
    return NULL;
}

static const char *enough_is_explained(const question_t *question)
{
    const report_t *report = question->report;
    uint64_t explained = report->coverage.parts_per_million;
    return explained >= question->policy->limits.min_explained_ppm
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " of a million bytes are explained, %" PRIu64 " are asked for", explained,
                                   question->policy->limits.min_explained_ppm));
}

static const char *no_long_unknown_run(const question_t *question)
{
    const report_t *report = question->report;
    uint64_t longest = report_longest_unknown(report, false);
    return longest <= question->policy->limits.max_unknown_run
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " bytes in one run are unknown, %" PRIu64 " are allowed", longest,
                                   question->policy->limits.max_unknown_run));
}

static const char *nothing_that_looks_encrypted(const question_t *question)
{
    const report_t *report = question->report;
    uint64_t longest = report_longest_unknown(report, true);
    return longest <= question->policy->limits.max_unknown_high_entropy
               ? NULL
               : said(arena_printf(report->arena, "%" PRIu64 " unknown bytes in one run look compressed or encrypted, %" PRIu64 " are allowed",
                                   longest,
                                   question->policy->limits.max_unknown_high_entropy));
}

static const char *count_of(const report_t *report, size_t count, uint64_t borne, const char *what)
{
    if (count <= borne)
        return NULL;
    return said(borne == 0 ? arena_printf(report->arena, "%zu %s", count, what) : arena_printf(report->arena, "%zu %s, %" PRIu64 " are borne",
                                                                                               count, what, borne));
}

static const char *no_limit_was_reached(const question_t *question)
{
    const report_t *report = question->report;
    size_t          count  = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].kind == FINDING_LIMIT;
    return count_of(report, count, question->policy->limits.max_limits, "times a limit was reached and something left unexamined");
}

static const char *nothing_was_damaged(const question_t *question)
{
    const report_t *report = question->report;
    size_t          count  = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].kind == FINDING_DAMAGE && report->findings[i].severity >= SEVERITY_MEDIUM;
    return count_of(report, count, question->policy->limits.max_damaged, "parts are damaged and could not be read whole");
}

static const char *no_worker_crashed(const question_t *question)
{
    const report_t *report = question->report;
    size_t          count  = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += strcmp(report->findings[i].rule, "worker-crash") == 0;
    return count_of(report, count, question->policy->limits.max_crashes, "times the examination itself crashed");
}

/* The scope that counts: what the operator said, or that of a policy which has one only. */
static scope_t scope_of(const policy_t *policy, const circumstances_t *c)
{
    if (c->scope != SCOPE_UNKNOWN)
        return c->scope;
    for (unsigned scope = SCOPE_INTELLIGENCE_SYSTEM; scope <= SCOPE_LAB; scope++)
        if (policy->scope == 1u << scope)
            return (scope_t)scope;
    return SCOPE_UNKNOWN;
}

static const char *made_for_this_scope(const question_t *question)
{
    scope_t scope = scope_of(question->policy, question->circumstances);
    if (scope == SCOPE_UNKNOWN || question->policy->scope == 0 || (question->policy->scope >> scope & 1) != 0)
        return NULL;
    return said(arena_printf(question->report->arena, "the policy is not made for %s", scope_name(scope)));
}

/* Is what the scan compared with, by its digest, the knowledge base of today? Only then its lists and their dates are known. */
static bool same_knowledge(const question_t *question, const char *source)
{
    const knowledge_t *knowledge = question->circumstances->knowledge;
    const char        *today     = NULL;
    for (size_t i = 0; knowledge != NULL && i < sizeof knowledge->sources / sizeof *knowledge->sources; i++)
        if (knowledge->sources[i].name != NULL && strcmp(knowledge->sources[i].name, source) == 0)
            today = knowledge->sources[i].digest;
    for (size_t i = 0; today != NULL && i < question->report->source_count; i++)
        if (strcmp(question->report->sources[i].name, source) == 0)
            return strcmp(question->report->sources[i].digest, today) == 0;
    return false;
}

static const char other_knowledge[] = "the scan compared with other lists than are here: scan again";

static const char *imports_are_there(const question_t *question)
{
    const names_t     *imports   = &question->policy->imports;
    const knowledge_t *knowledge = question->circumstances->knowledge;
    for (size_t i = 0; i < imports->count; i++) {
        bool there = false;
        for (size_t k = 0; knowledge != NULL && k < knowledge->list_count; k++)
            there = there || strcmp(knowledge->lists[k].id, imports->items[i]) == 0;
        if (!there)
            return said(arena_printf(question->report->arena, "the list %s is not there: add it to the knowledge base and scan again",
                                     imports->items[i]));
    }
    return imports->count == 0 || same_knowledge(question, "lists") ? NULL : other_knowledge;
}

/* The day of the newest list. Lists are what goes out of date: a vendor stays who it is. */
static const char *knowledge_is_young(const question_t *question)
{
    const circumstances_t *c   = question->circumstances;
    const uint64_t         max = question->policy->limits.max_kb_age;
    int32_t                newest = INT32_MIN, day;
    if (max == UINT64_MAX)
        return NULL;
    if (!c->has_date)
        return "the day of the question is not known";
    if (!same_knowledge(question, "lists"))
        return other_knowledge;
    for (size_t i = 0; i < c->knowledge->list_count; i++)
        if (c->knowledge->lists[i].date != NULL && date_from(c->knowledge->lists[i].date, &day) && day > newest)
            newest = day;
    if (newest == INT32_MIN)
        return "the lists of the knowledge base have no date";
    int64_t age = (int64_t)c->date - newest;
    return age <= (int64_t)max ? NULL : said(arena_printf(question->report->arena,
                                                          "the newest list is %" PRId64 " days old, %" PRIu64 " are allowed", age, max));
}

/* The ids cannot be ids of a policy's rules, which have no colon. */
static const struct { const char *id, *reason; requirement_t *unmet; } requirements[] = {
    {"assay:content", "A report about nothing cannot be a reason to accept.", something_was_examined},
    {"assay:knowledge", "Without knowledge nothing can be found.", with_knowledge},
    {"assay:imports", "A list that the policy builds on is missing.", imports_are_there},
    {"assay:knowledge-age", "What is newer than the knowledge base could not be found.", knowledge_is_young},
    {"assay:scope", "The policy does not speak of this use.", made_for_this_scope},
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

/* Is it planned for everything that a transition wants gone that it goes in time? */
static bool planned(const policy_rule_t *rule, const report_t *report, const bool *const *without, const policy_plan_t *plan)
{
    char name[FACT_NAME_MAX];
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++)
        for (size_t i = 0; match_wants(&rule->match, kind) && i < fact_count(report, kind); i++)
            if ((without == NULL || !without[kind][i]) && fact_satisfies(&rule->match, kind, report, i) != TRUTH_NO) {
                fact_name(kind, report, i, name);
                const plan_item_t *item = plan_item_for(plan, name);
                if (item == NULL || item->by > rule->until)
                    return false;
            }
    return plan != NULL;
}

static verdict_result_t effect_of(const policy_rule_t *rule, const report_t *report, const bool *const *without, const circumstances_t *c)
{
    if (!rule->is_transition)
        return rule->effect;
    if (!c->has_date)
        return VERDICT_INCONCLUSIVE;
    if (c->date > rule->until)
        return VERDICT_REJECT;
    return !rule->plan_required || planned(rule, report, without, c->plan) ? VERDICT_CONDITIONAL : VERDICT_INCONCLUSIVE;
}

static bool is_subject(const report_t *report, const sha256_t *digest)
{
    for (size_t i = 0; i < report->input_count; i++)
        if (sha256_equal(&report->inputs[i].sha256, digest))
            return true;
    return false;
}

static bool in_force(const policy_waiver_t *waiver, const report_t *report, const circumstances_t *c)
{
    return c->has_date && c->date >= waiver->from && c->date <= waiver->expires && is_subject(report, &waiver->subject);
}

static size_t waivers_for(const policy_t *policy, const char *rule, const report_t *report, const circumstances_t *c, const policy_waiver_t **waivers)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->waiver_count; i++)
        if (strcmp(policy->waivers[i].rule, rule) == 0 && in_force(&policy->waivers[i], report, c))
            waivers[count++] = &policy->waivers[i];
    return count;
}

/* The contribution of a rule: what is certain has its effect, what only may be so is a question, what is waived a condition. */
static verdict_result_t contribution(const policy_rule_t *rule, const match_result_t *match, verdict_result_t effect)
{
    verdict_result_t worst = match->certain ? effect : VERDICT_ACCEPT;
    if (match->possible && (rule->is_transition || rule->effect != VERDICT_ACCEPT) && worst < VERDICT_INCONCLUSIVE)
        worst = VERDICT_INCONCLUSIVE;
    if (match->waived && (rule->is_transition || rule->effect != VERDICT_ACCEPT) && worst < VERDICT_CONDITIONAL)
        worst = VERDICT_CONDITIONAL;
    return worst;
}

static const char *ids_of(const policy_waiver_t *const *waivers, const bool *used, size_t count, report_t *report, bool *good)
{
    buffer_t ids = {0};
    for (size_t i = 0; i < count; i++)
        if (used[i])
            buffer_printf(&ids, "%s%s", ids.size > 0 ? ", " : "", waivers[i]->id);
    const char *text = ids.size > 0 ? arena_text(report->arena, buffer_span(&ids)) : NULL;
    *good            = *good && !ids.failed && (ids.size == 0 || text != NULL);
    buffer_free(&ids);
    return text;
}

static const char *transition_why(const policy_rule_t *rule, const char *why, verdict_result_t effect, const circumstances_t *c, arena_t *arena)
{
    char until[DATE_TEXT];
    date_text(rule->until, until);
    const char *what = !c->has_date                       ? "the day of the question is not known"
                       : effect == VERDICT_REJECT         ? "that day is over"
                       : effect == VERDICT_INCONCLUSIVE   ? "there is no plan, or it leaves something out or comes too late"
                                                          : "until then under conditions";
    return arena_printf(arena, "%s; to be gone after %s: %s", why, until, what);
}

bool verdict_rule(const policy_t *policy, const policy_rule_t *rule, const report_t *report, const circumstances_t *c, const bool *const *without,
                  arena_t *arena,
                  rule_answer_t *answer)
{
    *answer         = (rule_answer_t){.waivers = arena_array(arena, policy->waiver_count, sizeof *answer->waivers)};
    answer->met     = arena_array(arena, policy->waiver_count, sizeof *answer->met);
    if (answer->waivers == NULL || answer->met == NULL)
        return false;
    answer->waiver_count = waivers_for(policy, rule->id, report, c, answer->waivers);
    const match_context_t context = {.report = report, .placement = c->placement, .scope = scope_of(policy, c), .waivers = answer->waivers,
                                     .waiver_count = answer->waiver_count, .waiver_used = answer->met, .without = without};
    if (!match_rule(rule, &context, arena, &answer->match))
        return false;
    answer->certain = effect_of(rule, report, without, c);
    answer->effect  = contribution(rule, &answer->match, answer->certain);
    return true;
}

/* Marks in `used`, which is as long as the policy's waivers, those that met something. */
static bool rule_step(report_t *report, const policy_t *policy, const policy_rule_t *rule, const circumstances_t *c, bool *used, verdict_step_t *step,
                      verdict_result_t *effect)
{
    arena_t      *arena = report->arena;
    bool          good  = true;
    rule_answer_t answer;
    if (!verdict_rule(policy, rule, report, c, NULL, arena, &answer))
        return false;
    const match_result_t *match    = &answer.match;
    const char          **evidence = arena_array(arena, match->evidence_count, sizeof *evidence);
    const char          **require  = arena_array(arena, rule->require.count, sizeof *require);
    if (evidence == NULL || require == NULL)
        return false;
    for (size_t i = 0; i < match->evidence_count; i++)
        evidence[i] = match->evidence[i];
    for (size_t i = 0; i < rule->require.count; i++)
        require[i] = kept(report, rule->require.items[i], &good);
    for (size_t i = 0; i < answer.waiver_count; i++)
        used[answer.waivers[i] - policy->waivers] |= answer.met[i];
    bool matched = match->certain || match->possible || match->waived;
    *effect      = answer.effect;
    *step = (verdict_step_t){
        .rule = kept(report, rule->id, &good), .matched = matched, .effect = verdict_name(matched ? *effect : answer.certain),
        .why = rule->is_transition && matched ? transition_why(rule, match->why, answer.certain, c, arena) : match->why,
        .reason = kept(report, rule->reason, &good), .reference = kept(report, rule->reference, &good),
        .waiver = ids_of(answer.waivers, answer.met, answer.waiver_count, report, &good),
        .require = require, .require_count = matched ? rule->require.count : 0,
        .evidence = evidence, .evidence_count = match->evidence_count};
    return good && step->why != NULL;
}

static verdict_step_t requirement_step(const question_t *question, size_t index)
{
    const char *unmet = requirements[index].unmet(question);
    return (verdict_step_t){
        .rule = requirements[index].id, .matched = unmet != NULL, .effect = verdict_name(VERDICT_INCONCLUSIVE),
        .why = unmet != NULL ? unmet : "as it should be", .reason = requirements[index].reason};
}

#define WAIVER_STEP "assay:waiver:"

/* Every waiver is seen in every report, in use or not. */
static bool waiver_step(const policy_waiver_t *waiver, report_t *report, const circumstances_t *c, bool used, verdict_step_t *step)
{
    char from[DATE_TEXT], expires[DATE_TEXT];
    date_text(waiver->from, from);
    date_text(waiver->expires, expires);
    const char *state = used                                       ? "in use"
                        : !c->has_date                             ? "not in use: the day of the question is not known"
                        : c->date < waiver->from                   ? "not in use: not yet valid"
                        : c->date > waiver->expires                ? "not in use: expired"
                        : !is_subject(report, &waiver->subject)    ? "not in use: for another subject"
                                                                   : "not in use: the rule meets no such fact, or one that cannot be waived";
    bool good = true;
    *step = (verdict_step_t){
        .rule = arena_printf(report->arena, WAIVER_STEP "%s", waiver->id), .matched = used, .effect = verdict_name(VERDICT_CONDITIONAL),
        .why = arena_printf(report->arena, "%s; %s of rule %s, %s to %s, by %s, approved by %s", state, waiver->finding, waiver->rule, from,
                            expires, waiver->by,
                            waiver->approved_by),
        .reason = kept(report, waiver->why, &good), .waiver = kept(report, waiver->id, &good)};
    return good && step->rule != NULL && step->why != NULL;
}

size_t verdict_unused_waivers(const report_verdict_t *verdict)
{
    size_t unused = 0;
    for (size_t i = 0; i < verdict->trace_count; i++)
        unused += !verdict->trace[i].matched && strncmp(verdict->trace[i].rule, WAIVER_STEP, sizeof WAIVER_STEP - 1) == 0;
    return unused;
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

static bool judge(report_t *report, const policy_t *policy, const circumstances_t *c, verdict_step_t *trace, verdict_result_t *result)
{
    const question_t question = {report, policy, c};
    bool            *used     = arena_array(report->arena, policy->waiver_count, sizeof *used);
    if (used == NULL)
        return false;
    for (size_t i = 0; i < REQUIREMENTS; i++) {
        *trace = requirement_step(&question, i);
        if (trace++->matched && *result < VERDICT_INCONCLUSIVE)
            *result = VERDICT_INCONCLUSIVE;
    }
    for (size_t i = 0; i < policy->rule_count; i++) {
        verdict_result_t effect;
        if (!rule_step(report, policy, &policy->rules[i], c, used, trace++, &effect))
            return false;
        if (effect > *result)
            *result = effect;
    }
    for (size_t i = 0; i < policy->waiver_count; i++)
        if (!waiver_step(&policy->waivers[i], report, c, used[i], trace++))
            return false;
    return true;
}

static const char *date_kept(report_t *report, int32_t date, bool *good)
{
    char text[DATE_TEXT];
    date_text(date, text);
    return kept(report, text, good);
}

status_t verdict_in(report_t *report, const policy_t *policy, const circumstances_t *c)
{
    report->verdict = (report_verdict_t){.result = VERDICT_INCONCLUSIVE};
    if (policy == NULL)
        return no_policy(report);
    size_t            count  = REQUIREMENTS + policy->rule_count + policy->waiver_count;
    verdict_step_t   *trace  = arena_array(report->arena, count, sizeof *trace);
    bool              good   = trace != NULL;
    verdict_result_t  result = policy->rule_count > 0 ? policy->best : VERDICT_INCONCLUSIVE;
    report_verdict_t  verdict = {.policy = kept(report, policy->id, &good), .policy_digest = kept(report, policy->digest, &good), .trace = trace,
                                 .trace_count = count};
    if (good && c->has_date)
        verdict.as_of = date_kept(report, c->date, &good);
    verdict.placement = placement_name(c->placement);
    verdict.scope     = scope_name(scope_of(policy, c));
    if (good && c->plan != NULL)
        verdict.plan_digest = kept(report, c->plan->digest, &good);
    if (!good || !judge(report, policy, c, trace, &result))
        return status_fail(STATUS_MEMORY, "policy", 0, "out of memory while judging the report");
    verdict.result  = result;
    report->verdict = verdict;
    return ok();
}

status_t verdict_of(report_t *report, const policy_t *policy) { return verdict_in(report, policy, &(circumstances_t){0}); }

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
