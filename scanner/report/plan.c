#include "report/plan.h"

#include "base/json.h"
#include "policy/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 100000, DEPENDENTS_SHOWN = 3, DEPTH_MAX = 256 };

typedef struct {
    transition_plan_t     *plan;
    const policy_t        *policy;
    const circumstances_t *circumstances;
    arena_t               *arena;
    bool                  *going;                /* by artifact */
    bool                  *without[FACT_KINDS];
    uint32_t              *by_content, *links;   /* artifacts in order of their digests; symbolic links in order of their targets' last name */
    size_t                 link_count, capacity;
    bool                   failed;
} work_t;

/* ---- what an artifact is needed for ----------------------------------------------------------------------------------- */

static int by_digest(const void *a, const void *b, void *artifacts)
{
    const report_artifact_t *all = artifacts;
    uint32_t                 x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int                      sign = memcmp(&all[x].sha256, &all[y].sha256, sizeof(sha256_t));
    return sign != 0 ? sign : (x > y) - (x < y);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int by_target(const void *a, const void *b, void *artifacts)
{
    const report_artifact_t *all = artifacts;
    uint32_t                 x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int                      sign = strcmp(last_name(all[x].link), last_name(all[y].link));
    return sign != 0 ? sign : (x > y) - (x < y);
}

static void index_artifacts(work_t *w)
{
    const report_t *r = w->plan->report;
    w->by_content     = arena_array(w->arena, r->artifact_count, sizeof *w->by_content);
    w->links          = arena_array(w->arena, r->artifact_count, sizeof *w->links);
    if (w->by_content == NULL || w->links == NULL) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < r->artifact_count; i++) {
        w->by_content[i] = i;
        if (r->artifacts[i].type == CHILD_SYMLINK && r->artifacts[i].link != NULL)
            w->links[w->link_count++] = i;
    }
    if (r->artifact_count > 0)
        qsort_r(w->by_content, r->artifact_count, sizeof *w->by_content, by_digest, r->artifacts);
    if (w->link_count > 0)
        qsort_r(w->links, w->link_count, sizeof *w->links, by_target, r->artifacts);
}

static size_t first_with_content(const work_t *w, const sha256_t *digest)
{
    size_t low = 0, high = w->plan->report->artifact_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(&w->plan->report->artifacts[w->by_content[middle]].sha256, digest, sizeof *digest) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t first_link_to(const work_t *w, const char *name)
{
    size_t low = 0, high = w->link_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(last_name(w->plan->report->artifacts[w->links[middle]].link), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Fills `out` (NULL: only counts) with what hangs on the artifact, at most DEPENDENTS_MAX. */
enum { DEPENDENTS_MAX = 1000 };

static size_t dependents(const work_t *w, uint32_t index, uint32_t *out)
{
    const report_t          *r     = w->plan->report;
    const report_artifact_t *a     = &r->artifacts[index];
    size_t                   count = 0;
#define TAKE(which)                       \
    do {                                  \
        if (count < DEPENDENTS_MAX) {     \
            if (out != NULL)              \
                out[count] = (which);     \
            count++;                      \
        }                                 \
    } while (0)
    for (uint32_t at = a->parent, depth = 0; at != NO_ARTIFACT && depth < DEPTH_MAX; depth++, at = r->artifacts[at].parent)
        TAKE(at);
    const char *name = last_name(a->path);
    for (size_t i = first_link_to(w, name); i < w->link_count && strcmp(last_name(r->artifacts[w->links[i]].link), name) == 0 &&
         count < DEPENDENTS_MAX; i++)
        if (r->artifacts[w->links[i]].parent == a->parent)
            TAKE(w->links[i]);
    for (size_t i = first_with_content(w, &a->sha256); a->size > 0 && i < r->artifact_count && count < DEPENDENTS_MAX; i++) {
        uint32_t other = w->by_content[i];
        if (!sha256_equal(&r->artifacts[other].sha256, &a->sha256))
            break;
        if (other != index)
            TAKE(other);
    }
#undef TAKE
    return count;
}

/* ---- what has to go --------------------------------------------------------------------------------------------------- */

static const uint32_t *artifacts_of(const report_t *report, fact_kind_t kind, size_t index, uint32_t *one, size_t *count)
{
    *count = 1;
    switch (kind) {
    case FACT_ORIGIN: *count = report->origins[index].artifact_count; return report->origins[index].artifacts;
    case FACT_COMPONENT: *count = report->components[index].artifact_count; return report->components[index].artifacts;
    case FACT_FINDING: *one = report->findings[index].artifact; break;
    default: *one = (uint32_t)index; break;
    }
    *count = *one != NO_ARTIFACT;
    return one;
}

static const char *who_of(const report_t *report, fact_kind_t kind, size_t index)
{
    switch (kind) {
    case FACT_ORIGIN: return report->origins[index].vendor;
    case FACT_COMPONENT: return report->components[index].name;
    case FACT_FINDING: return report->findings[index].rule;
    default: return report->artifacts[index].path;
    }
}

static void fill_artifacts(work_t *w, plan_entry_t *entry, const uint32_t *artifacts, size_t count)
{
    entry->artifacts      = arena_array(w->arena, count, sizeof *entry->artifacts);
    entry->artifact_count = entry->artifacts != NULL ? count : 0;
    w->failed             = w->failed || entry->artifacts == NULL;
    for (size_t i = 0; i < entry->artifact_count && !w->failed; i++) {
        plan_artifact_t *a = &entry->artifacts[i];
        a->artifact        = artifacts[i];
        w->going[a->artifact] = true;
        a->dependent_count = dependents(w, a->artifact, NULL);
        a->dependents      = arena_array(w->arena, a->dependent_count, sizeof *a->dependents);
        if (a->dependents == NULL)
            w->failed = true;
        else
            (void)dependents(w, a->artifact, a->dependents);
    }
}

static void add_entry(work_t *w, const policy_rule_t *rule, fact_kind_t kind, size_t index)
{
    transition_plan_t *plan = w->plan;
    char               name[FACT_NAME_MAX], until[DATE_TEXT];
    uint32_t           one;
    size_t             count;
    if (plan->count == w->capacity) {
        size_t        more  = w->capacity == 0 ? 64 : 2 * w->capacity;
        plan_entry_t *grown = plan->count < ENTRIES_MAX ? arena_array(w->arena, more, sizeof *grown) : NULL;
        if (grown == NULL) {
            w->failed = true;
            return;
        }
        if (plan->count > 0)
            memcpy(grown, plan->entries, plan->count * sizeof *grown);
        plan->entries = grown;
        w->capacity   = more;
    }
    fact_name(kind, plan->report, index, name);
    date_text(rule->until, until);
    plan_entry_t *entry = &plan->entries[plan->count++];
    *entry = (plan_entry_t){.who = who_of(plan->report, kind, index), .fact = arena_text(w->arena, span_from_text(name)), .rule = rule,
                            .until = rule->is_transition ? arena_text(w->arena, span_from_text(until)) : NULL,
                            .planned = plan_item_for(w->circumstances->plan, name)};
    w->failed = w->failed || entry->fact == NULL || (rule->is_transition && entry->until == NULL);
    w->without[kind][index] = true;
    const uint32_t *artifacts = artifacts_of(plan->report, kind, index, &one, &count);
    fill_artifacts(w, entry, artifacts, count);
}

/* A rule that asks for several facts is satisfied no more when those of its first part are gone. */
static void add_rule(work_t *w, const policy_rule_t *rule)
{
    rule_answer_t answer;
    if (!verdict_rule(w->policy, rule, w->plan->report, w->circumstances, NULL, w->arena, &answer)) {
        w->failed = true;
        return;
    }
    bool wants_gone = rule->is_transition || rule->effect == VERDICT_REJECT;
    if (!wants_gone || !(answer.match.certain || answer.match.possible || answer.match.waived))
        return;
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++) {
        if (!match_wants(&rule->match, kind))
            continue;
        for (size_t i = 0; i < fact_count(w->plan->report, kind) && !w->failed; i++)
            if (fact_satisfies(&rule->match, kind, w->plan->report, i) != TRUTH_NO)
                add_entry(w, rule, kind, i);
        return;
    }
}

static int by_who(const void *a, const void *b)
{
    const plan_entry_t *x = a, *y = b;
    int                 sign = strcmp(x->who, y->who);
    if (sign == 0)
        sign = strcmp(x->until != NULL ? x->until : "", y->until != NULL ? y->until : "");
    if (sign == 0)
        sign = strcmp(x->rule->id, y->rule->id);
    return sign != 0 ? sign : strcmp(x->fact, y->fact);
}

/* ---- what remains ----------------------------------------------------------------------------------------------------- */

static void count_what_remains(work_t *w)
{
    transition_plan_t *plan = w->plan;
    const report_t    *r    = plan->report;
    const sha256_t    *last = NULL;
    for (size_t i = 0; i < r->artifact_count; i++) {
        uint32_t index = w->by_content[i];
        if (!w->going[index])
            continue;
        plan->artifacts_going++;
        if (last == NULL || !sha256_equal(last, &r->artifacts[index].sha256))
            plan->bytes_going += r->artifacts[index].size;
        last = &r->artifacts[index].sha256;
    }
    plan->artifacts_remaining = r->artifact_count - plan->artifacts_going;
    for (size_t i = 0; i < r->component_count; i++) {
        bool remains = r->components[i].artifact_count == 0;
        for (size_t k = 0; k < r->components[i].artifact_count && !remains; k++)
            remains = !w->going[r->components[i].artifacts[k]];
        plan->components_remaining += remains && !w->without[FACT_COMPONENT][i];
    }
    for (size_t i = 0; i < r->origin_count; i++)
        plan->origins_remaining += !w->without[FACT_ORIGIN][i];
}

/* The verdict without the facts that go; requirements stay as they are, since nobody knows what a new image will be like. */
static void judge_what_remains(work_t *w)
{
    const report_verdict_t *verdict = &w->plan->report->verdict;
    w->plan->now  = verdict->result;
    w->plan->then = w->policy->best;
    for (size_t i = 0; i < verdict->trace_count; i++)
        if (verdict->trace[i].matched && strncmp(verdict->trace[i].rule, "assay:", 6) == 0 && strncmp(verdict->trace[i].rule, "assay:waiver:",
                                                                                                    13) != 0 &&
            w->plan->then < VERDICT_INCONCLUSIVE)
            w->plan->then = VERDICT_INCONCLUSIVE;
    for (size_t i = 0; i < w->policy->rule_count && !w->failed; i++) {
        rule_answer_t answer = {0};
        if (!verdict_rule(w->policy, &w->policy->rules[i], w->plan->report, w->circumstances, (const bool *const *)w->without, w->arena, &answer))
            w->failed = true;
        if (answer.effect > w->plan->then)
            w->plan->then = answer.effect;
    }
}

status_t plan_make(const report_t *report, const policy_t *policy, const circumstances_t *circumstances, arena_t *arena, transition_plan_t *plan)
{
    *plan    = (transition_plan_t){.report = report};
    work_t w = {.plan = plan, .policy = policy, .circumstances = circumstances, .arena = arena, .going = arena_array(arena, report->artifact_count,
                                                                                                    sizeof(bool))};
    w.failed = w.going == NULL;
    for (fact_kind_t kind = 0; kind < FACT_KINDS; kind++) {
        w.without[kind] = arena_array(arena, fact_count(report, kind), sizeof(bool));
        w.failed        = w.failed || w.without[kind] == NULL;
    }
    if (!w.failed)
        index_artifacts(&w);
    for (size_t i = 0; i < policy->rule_count && !w.failed; i++)
        add_rule(&w, &policy->rules[i]);
    if (plan->count > 0)
        qsort(plan->entries, plan->count, sizeof *plan->entries, by_who);
    if (!w.failed) {
        count_what_remains(&w);
        judge_what_remains(&w);
    }
    return w.failed ? status_fail(STATUS_MEMORY, "plan", 0, "out of memory, or too much has to go to be listed") : ok();
}

/* ---- writers ---------------------------------------------------------------------------------------------------------- */

void plan_text(const transition_plan_t *plan, buffer_t *out)
{
    const report_artifact_t *all = plan->report->artifacts;
    if (plan->count == 0)
        buffer_append_text(out, "Nothing has to go by this policy.\n");
    for (size_t i = 0; i < plan->count; i++) {
        const plan_entry_t *e = &plan->entries[i];
        if (i == 0 || strcmp(e->who, plan->entries[i - 1].who) != 0)
            buffer_printf(out, "%s\n", e->who);
        buffer_printf(out, "  %s%s  rule %s: %s\n", e->until != NULL ? "until " : "now", e->until != NULL ? e->until : "", e->rule->id,
                      e->rule->reason);
        if (e->planned != NULL) {
            char by[DATE_TEXT];
            date_text(e->planned->by, by);
            buffer_printf(out, "    planned: %s by %s, %s\n", e->planned->replacement, by, e->planned->owner);
        } else {
            buffer_printf(out, "    no plan for %s\n", e->fact);
        }
        for (size_t k = 0; k < e->artifact_count; k++) {
            const plan_artifact_t *a = &e->artifacts[k];
            buffer_printf(out, "    %s  %" PRIu64 " bytes\n", all[a->artifact].path, all[a->artifact].size);
            for (size_t d = 0; d < a->dependent_count && d < DEPENDENTS_SHOWN; d++)
                buffer_printf(out, "      needed by %s\n", all[a->dependents[d]].path);
            if (a->dependent_count > DEPENDENTS_SHOWN)
                buffer_printf(out, "      and by %zu more\n", a->dependent_count - DEPENDENTS_SHOWN);
        }
    }
    buffer_printf(out, "%zu artifacts with %" PRIu64 " bytes go; %zu artifacts, %zu components and %zu origins "
                       "remain. The verdict is %s now and would be %s then.\n",
                  plan->artifacts_going, plan->bytes_going, plan->artifacts_remaining, plan->components_remaining, plan->origins_remaining,
                      verdict_name(plan->now),
                  verdict_name(plan->then));
}

static void write_entry(json_writer_t *w, const report_t *report, const plan_entry_t *e)
{
    char by[DATE_TEXT];
    json_begin_object(w);
    json_key(w, "artifacts");
    json_begin_array(w);
    for (size_t i = 0; i < e->artifact_count; i++) {
        const report_artifact_t *a = &report->artifacts[e->artifacts[i].artifact];
        char                     hex[SHA256_HEX];
        hex_encode(a->sha256.bytes, SHA256_SIZE, hex);
        json_begin_object(w);
        json_key(w, "neededBy");
        json_begin_array(w);
        for (size_t d = 0; d < e->artifacts[i].dependent_count; d++)
            json_put_text(w, report->artifacts[e->artifacts[i].dependents[d]].path);
        json_end_array(w);
        json_member_text(w, "path", a->path);
        json_member_text(w, "sha256", hex);
        json_member_integer(w, "size", a->size);
        json_end_object(w);
    }
    json_end_array(w);
    json_member_text(w, "fact", e->fact);
    if (e->planned != NULL) {
        date_text(e->planned->by, by);
        json_key(w, "plan");
        json_begin_object(w);
        json_member_text(w, "by", by);
        json_member_text(w, "owner", e->planned->owner);
        json_member_text(w, "replacement", e->planned->replacement);
        json_end_object(w);
    }
    json_member_text(w, "reason", e->rule->reason);
    json_member_text(w, "rule", e->rule->id);
    json_member_text_if(w, "until", e->until);
    json_member_text(w, "who", e->who);
    json_end_object(w);
}

status_t plan_json(const transition_plan_t *plan, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_integer(&w, "artifactsGoing", plan->artifacts_going);
    json_member_integer(&w, "bytesGoing", plan->bytes_going);
    json_key(&w, "entries");
    json_begin_array(&w);
    for (size_t i = 0; i < plan->count; i++)
        write_entry(&w, plan->report, &plan->entries[i]);
    json_end_array(&w);
    json_member_text(&w, "now", verdict_name(plan->now));
    json_key(&w, "remaining");
    json_begin_object(&w);
    json_member_integer(&w, "artifacts", plan->artifacts_remaining);
    json_member_integer(&w, "components", plan->components_remaining);
    json_member_integer(&w, "origins", plan->origins_remaining);
    json_end_object(&w);
    json_member_text(&w, "then", verdict_name(plan->then));
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}
