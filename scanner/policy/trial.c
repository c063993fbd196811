#include "policy/trial.h"

#include "policy/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static void read_trial_version(loader_t *l, struct fy_node *value, void *out)
{
    (void)out;
    if (document_number(l, value, UINT32_MAX) != 1 && !l->failed)
        document_refuse(l, value, "these are trials of another version than 1");
}

static void read_percent(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = document_number(l, value, 100); }

#define READ_LIST(name, type, items, count, ...)                                             \
    static void read_##name(loader_t *l, struct fy_node *value, void *out)                   \
    {                                                                                        \
        static const key_entry_t keys[] = {__VA_ARGS__, {0}};                                \
        void *list = NULL;                                                                   \
        document_list(l, value, #name, keys, sizeof(type), &list, &((trial_facts_t *)out)->count); \
        ((trial_facts_t *)out)->items = list;                                                \
    }

READ_LIST(origins, trial_origin_t, origins, origin_count,
    {"vendor", read_text, offsetof(trial_origin_t, vendor), true}, {"group", read_text, offsetof(trial_origin_t, group), false},
    {"jurisdiction", read_text, offsetof(trial_origin_t, jurisdiction), false}, {"lists", read_names, offsetof(trial_origin_t, lists), false},
    {"strength", read_text, offsetof(trial_origin_t, strength), true}, {"evidence-kinds", read_percent, offsetof(trial_origin_t, evidence_kinds),
                                                                        false})

READ_LIST(findings, trial_finding_t, findings, finding_count,
    {"rule", read_text, offsetof(trial_finding_t, rule), true}, {"kind", read_text, offsetof(trial_finding_t, kind), true},
    {"severity", read_text, offsetof(trial_finding_t, severity), true}, {"confidence", read_percent, offsetof(trial_finding_t, confidence), true})

READ_LIST(components, trial_component_t, components, component_count,
    {"name", read_text, offsetof(trial_component_t, name), true}, {"version", read_text, offsetof(trial_component_t, version), false},
    {"purl", read_text, offsetof(trial_component_t, purl), false}, {"licences", read_names, offsetof(trial_component_t, licences), false})

static void read_with(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"origins", read_origins, 0, false}, {"findings", read_findings, 0, false}, {"components", read_components, 0, false},
        {"explained-ppm", read_ppm, offsetof(trial_facts_t, explained_ppm), false}, {"unknown-run", read_number, offsetof(trial_facts_t,
                                                                                                    unknown_run), false},
        {"high-entropy-run", read_number, offsetof(trial_facts_t, high_entropy_run), false},
        {"without-knowledge", read_truth, offsetof(trial_facts_t, without_knowledge), false}, {0}};
    document_mapping(l, value, "with", keys, out);
}

static void read_day(loader_t *l, struct fy_node *value, void *out)
{
    trial_case_t *trial = out;
    trial->has_date     = true;
    read_date(l, value, &trial->date);
}

static void read_placement(loader_t *l, struct fy_node *value, void *out)
{
    if (!placement_from(document_text(l, value, DOCUMENT_NAME_MAX), out) && !l->failed)
        document_refuse(l, value, "placements are core, access, edge, management");
}

static void read_scope(loader_t *l, struct fy_node *value, void *out)
{
    if (!scope_from(document_text(l, value, DOCUMENT_NAME_MAX), out) && !l->failed)
        document_refuse(l, value, "scopes are intelligence-system, core-network, edge, lab");
}

static void read_expected(loader_t *l, struct fy_node *value, void *out)
{
    if (!verdict_from(document_text(l, value, DOCUMENT_NAME_MAX), out) && !l->failed)
        document_refuse(l, value, "verdicts are accept, conditional, inconclusive, reject");
}

static const key_entry_t case_keys[] = {
    {"name", read_text, offsetof(trial_case_t, name), true}, {"report", read_text, offsetof(trial_case_t, report), false}, {"as-of", read_day, 0,
                                                                                                    false},
    {"placement", read_placement, offsetof(trial_case_t, placement), false}, {"scope", read_scope, offsetof(trial_case_t, scope), false},
    {"plan", read_text, offsetof(trial_case_t, plan), false}, {"lists", read_names, offsetof(trial_case_t, lists), false},
    {"with", read_with, offsetof(trial_case_t, with), false}, {"expect", read_expected, offsetof(trial_case_t, expect), true},
    {"matched", read_names, offsetof(trial_case_t, matched), false}, {0}};

static bool names_of_sets(const trial_facts_t *f)
{
    strength_t     strength;
    finding_kind_t kind;
    severity_t     severity;
    for (size_t i = 0; i < f->origin_count; i++)
        if (!strength_from(f->origins[i].strength, &strength))
            return false;
    for (size_t i = 0; i < f->finding_count; i++)
        if (!finding_kind_from(f->findings[i].kind, &kind) || !severity_from(f->findings[i].severity, &severity))
            return false;
    return true;
}

static void read_cases(loader_t *l, struct fy_node *value, void *out)
{
    trial_t *trial = out;
    void    *cases = NULL, *at = NULL;
    document_list(l, value, "cases", case_keys, sizeof(trial_case_t), &cases, &trial->count);
    trial->cases = cases;
    for (size_t i = 0; i < trial->count && !l->failed; i++) {
        struct fy_node *node = fy_node_sequence_iterate(value, &at);
        trial_case_t   *one  = (trial_case_t *)cases + i;
        struct fy_node *with = fy_node_mapping_lookup_value_by_simple_key(node, "with", 4);
        one->line            = document_position(node).line;
        if (!names_of_sets(&one->with))
            document_refuse(l, with, "a strength, a kind or a severity in here is none");
        if (with == NULL || fy_node_mapping_lookup_value_by_simple_key(with, "explained-ppm", 13) == NULL)
            one->with.explained_ppm = UINT64_MAX;
        if (with == NULL || fy_node_mapping_lookup_value_by_simple_key(with, "unknown-run", 11) == NULL)
            one->with.unknown_run = UINT64_MAX;
        if (with == NULL || fy_node_mapping_lookup_value_by_simple_key(with, "high-entropy-run", 16) == NULL)
            one->with.high_entropy_run = UINT64_MAX;
    }
}

static void read_trial(loader_t *l, struct fy_node *root, void *out)
{
    static const key_entry_t keys[] = {
        {"assay-policy-test", read_trial_version, 0, true}, {"policy", read_text, offsetof(trial_t, policy), true},
        {"report", read_text, offsetof(trial_t, report), true}, {"cases", read_cases, 0, true}, {0}};
    document_mapping(l, root, "a file of trials", keys, out);
}

const trial_t *trial_load(const char *path, arena_t *arena, char why[POLICY_WHY])
{
    loader_t loader = {.arena = arena, .file = path, .why = why};
    buffer_t yaml   = {0};
    trial_t *trial  = arena_alloc(arena, sizeof *trial);
    bool     good   = false;
    if (trial == NULL || !document_file(path, &yaml))
        (void)snprintf(why, POLICY_WHY, "%.300s: cannot read it: %s", path, strerror(errno));
    else
        good = document_read(buffer_span(&yaml), &loader, read_trial, trial);
    buffer_free(&yaml);
    return good ? trial : NULL;
}

/* ---- what a case adds ------------------------------------------------------------------------------------------------- */

/* A copy of an array with room for more items behind it; NULL when out of memory. */
static void *longer(report_t *report, const void *items, size_t count, size_t more, size_t size)
{
    uint8_t *grown = arena_array(report->arena, count + more, size);
    if (grown != NULL && count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

static bool add_origins(report_t *report, const trial_facts_t *with)
{
    static const char *const kinds[] = {"string", "domain", "certificate-subject", "device-tree", "magic", "modinfo-author", "compiler",
                                        "build-path"};
    report->origins = longer(report, report->origins, report->origin_count, with->origin_count, sizeof *report->origins);
    for (size_t i = 0; i < with->origin_count && report->origins != NULL; i++) {
        const trial_origin_t *o     = &with->origins[i];
        size_t                count = o->evidence_kinds == 0 ? 1 : o->evidence_kinds;
        report_origin_t       added = {.vendor = o->vendor, .name = o->vendor, .group = o->group, .jurisdiction = o->jurisdiction,
                                       .lists = o->lists.items,
                                       .list_count = o->lists.count, .evidence_count = count};
        (void)strength_from(o->strength, &added.strength);
        added.evidence = arena_array(report->arena, count, sizeof *added.evidence);
        if (added.evidence == NULL)
            return false;
        for (size_t k = 0; k < count; k++)
            added.evidence[k] = (report_evidence_t){.method = kinds[k % (sizeof kinds / sizeof *kinds)], .text = "", .strength = added.strength,
                                                    .confidence = 100};
        report->origins[report->origin_count++] = added;
    }
    return report->origins != NULL;
}

static bool add_findings(report_t *report, const trial_facts_t *with)
{
    report->findings = longer(report, report->findings, report->finding_count, with->finding_count, sizeof *report->findings);
    for (size_t i = 0; i < with->finding_count && report->findings != NULL; i++) {
        const trial_finding_t *f     = &with->findings[i];
        report_finding_t       added = {.rule = f->rule, .title = f->rule, .confidence = (uint8_t)f->confidence,
                                        .id = arena_printf(report->arena, "f%016zx", i + 1)};
        (void)finding_kind_from(f->kind, &added.kind);
        (void)severity_from(f->severity, &added.severity);
        if (added.id == NULL)
            return false;
        report->findings[report->finding_count++] = added;
    }
    return report->findings != NULL;
}

static bool add_components(report_t *report, const trial_facts_t *with)
{
    report->components = longer(report, report->components, report->component_count, with->component_count, sizeof *report->components);
    for (size_t i = 0; i < with->component_count && report->components != NULL; i++) {
        const trial_component_t *c = &with->components[i];
        report->components[report->component_count++] = (report_component_t){
            .name = c->name, .version = c->version, .purl = c->purl, .licences = c->licences.items, .licence_count = c->licences.count};
    }
    return report->components != NULL;
}

static bool set_ledger(report_t *report, const trial_facts_t *with)
{
    uint64_t run = with->unknown_run != UINT64_MAX ? with->unknown_run : 0, dark = with->high_entropy_run != UINT64_MAX ? with->high_entropy_run : 0;
    if (run == 0 && dark == 0)
        return true;
    for (size_t i = 0; i < report->ledger_count; i++)
        if (sha256_equal(&report->ledgers[i].sha256, &report->inputs[0].sha256)) {
            region_t *rows = arena_array(report->arena, 2, sizeof *rows);
            if (rows == NULL)
                return false;
            rows[0] = (region_t){0, run, REGION_UNKNOWN, NULL, NO_CHILD, CLASS_NONE, 4000};
            rows[1] = (region_t){run, dark, REGION_UNKNOWN, NULL, NO_CHILD, CLASS_COMPRESSED_OR_ENCRYPTED, 7990};
            report->ledgers[i].regions = rows;
            report->ledgers[i].count   = 2;
        }
    return true;
}

/* The recorded report counts as made with the knowledge of today, else no trial would outlive the next entry in a list. */
static bool set_knowledge(report_t *report, const knowledge_t *knowledge)
{
    size_t           more    = sizeof knowledge->sources / sizeof *knowledge->sources;
    report_source_t *sources = longer(report, report->sources, report->source_count, more, sizeof *sources);
    for (size_t i = 0; sources != NULL && i < more; i++) {
        size_t at = 0;
        while (at < report->source_count && strcmp(sources[at].name, knowledge->sources[i].name) != 0)
            at++;
        sources[at] = knowledge->sources[i];
        if (at == report->source_count)
            report->source_count++;
    }
    report->sources = sources;
    return sources != NULL;
}

static bool add_facts(const trial_case_t *trial, report_t *report, const knowledge_t *knowledge)
{
    if (trial->with.explained_ppm != UINT64_MAX)
        report->coverage.parts_per_million = trial->with.explained_ppm;
    bool good = add_origins(report, &trial->with) && add_findings(report, &trial->with) && add_components(report, &trial->with) &&
        set_ledger(report, &trial->with) &&
                set_knowledge(report, knowledge);
    if (trial->with.without_knowledge)
        report->source_count = 0;
    return good;
}

/* ---- judging ---------------------------------------------------------------------------------------------------------- */

static bool listed(const names_t *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

static const char *what_differs(const trial_case_t *trial, const report_t *report)
{
    const report_verdict_t *verdict = &report->verdict;
    if (verdict->result != trial->expect) {
        buffer_t because = {0};
        for (size_t i = 0; i < verdict->trace_count; i++)
            if (verdict->trace[i].matched)
                buffer_printf(&because, "; %s %s: %s", verdict->trace[i].effect, verdict->trace[i].rule, verdict->trace[i].why);
        const char *said = because.failed ? NULL : arena_printf(report->arena, "%s instead of %s%.*s", verdict_name(verdict->result),
                                                                verdict_name(trial->expect),
                                                                (int)because.size, because.size > 0 ? (const char *)because.at : "");
        buffer_free(&because);
        return said;
    }
    for (size_t i = 0; i < verdict->trace_count && trial->matched.count > 0; i++) {
        const verdict_step_t *step = &verdict->trace[i];
        if (strchr(step->rule, ':') == NULL && step->matched != listed(&trial->matched, step->rule))
            return arena_printf(report->arena, "the rule %s %s: %s", step->rule, step->matched ? "matches" : "does not match", step->why);
    }
    for (size_t i = 0; i < trial->matched.count; i++) {
        bool known = false;
        for (size_t k = 0; k < verdict->trace_count; k++)
            known = known || strcmp(verdict->trace[k].rule, trial->matched.items[i]) == 0;
        if (!known)
            return arena_printf(report->arena, "the policy has no rule %s", trial->matched.items[i]);
    }
    return "";
}

status_t trial_judge(const trial_case_t *trial, report_t *report, const policy_t *policy, const knowledge_t *knowledge, const policy_plan_t *plan,
                     bool *met,
                     const char **why)
{
    knowledge_t         known = *knowledge;
    restriction_list_t *lists = longer(report, knowledge->lists, knowledge->list_count, trial->lists.count, sizeof *lists);
    *met = false;
    *why = "";
    if (lists == NULL || !add_facts(trial, report, knowledge))
        return status_fail(STATUS_MEMORY, "policy", 0, "out of memory");
    for (size_t i = 0; i < trial->lists.count; i++)
        lists[known.list_count++] = (restriction_list_t){.id = trial->lists.items[i]};
    known.lists     = lists;
    status_t status = verdict_in(report, policy, &(circumstances_t){trial->has_date, trial->date, trial->placement, trial->scope, &known, plan});
    if (!status_ok(status))
        return status;
    *why = what_differs(trial, report);
    if (*why == NULL)
        return status_fail(STATUS_MEMORY, "policy", 0, "out of memory");
    *met = (*why)[0] == '\0';
    return ok();
}
