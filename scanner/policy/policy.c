/* The language of policies: docs/policy.md tells it, policy/document reads what it is written in. Each mapping is read by a table of its keys. */
#include "policy/policy.h"

#include "policy/document.h"
#include "policy/version_range.h"

#include <stdio.h>
#include <stdlib.h>

enum { VERSION = 1 };

/* ---- names of small sets ---------------------------------------------------------------------------------------------- */

static const char *const placement_names[] = {NULL, "core", "access", "edge", "management"};
static const char *const scope_names[]     = {NULL, "intelligence-system", "core-network", "edge", "lab"};

const char *placement_name(placement_t placement) { return placement_names[placement]; }
const char *scope_name(scope_t scope) { return scope_names[scope]; }

static bool index_of(const char *name, const char *const *names, unsigned count, unsigned *index)
{
    for (*index = 1; *index < count; ++*index)
        if (strcmp(names[*index], name) == 0)
            return true;
    return false;
}

bool placement_from(const char *name, placement_t *placement)
{
    unsigned index;
    bool     found = index_of(name, placement_names, sizeof placement_names / sizeof *placement_names, &index);
    *placement     = found ? (placement_t)index : PLACEMENT_UNKNOWN;
    return found;
}

bool scope_from(const char *name, scope_t *scope)
{
    unsigned index;
    bool     found = index_of(name, scope_names, sizeof scope_names / sizeof *scope_names, &index);
    *scope         = found ? (scope_t)index : SCOPE_UNKNOWN;
    return found;
}

/* Gives the number behind a name of the set; false when there is none. */
typedef bool number_from_t(const char *name, unsigned *number);

#define NUMBER_FROM(type, from)                                        \
    static bool number_##from(const char *name, unsigned *number)      \
    {                                                                  \
        type value;                                                    \
        bool found = from(name, &value);                               \
        *number    = found ? (unsigned)value : 0;                      \
        return found;                                                  \
    }

NUMBER_FROM(strength_t, strength_from)
NUMBER_FROM(finding_kind_t, finding_kind_from)
NUMBER_FROM(placement_t, placement_from)
NUMBER_FROM(scope_t, scope_from)

static void read_set(loader_t *l, struct fy_node *value, value_set_t *set, number_from_t *from, const char *what, const char *known)
{
    names_t  names = {0};
    unsigned number;
    read_names(l, value, &names);
    for (size_t i = 0; i < names.count && !l->failed; i++) {
        if (from(names.items[i], &number))
            *set |= 1u << number;
        else
            document_refuse(l, value, "unknown %s \"%s\": there are %s", what, names.items[i], known);
    }
}

static void read_strengths(loader_t *l, struct fy_node *value, void *out)
{
    read_set(l, value, out, number_strength_from, "strength", "supporting, strong, definitive");
}

static void read_kinds(loader_t *l, struct fy_node *value, void *out)
{
    read_set(l, value, out, number_finding_kind_from, "kind",
             "backdoor, intercept, secret, vendor, crypto, account, service, anomaly, damage, limit");
}

static void read_placements(loader_t *l, struct fy_node *value, void *out)
{
    read_set(l, value, out, number_placement_from, "placement", "core, access, edge, management");
}

static void read_scopes(loader_t *l, struct fy_node *value, void *out)
{
    read_set(l, value, out, number_scope_from, "scope", "intelligence-system, core-network, edge, lab");
}

/* ---- matches ---------------------------------------------------------------------------------------------------------- */

/* A match and its `not:`, which is a match of the same keys that has no `not:` of its own. */
#define READ_MATCH(name, type, what, ...)                                                          \
    static const key_entry_t name##_except_keys[] = {__VA_ARGS__, {0}};                            \
    static void read_##name##_except(loader_t *l, struct fy_node *value, void *out)                \
    {                                                                                              \
        type *except = arena_alloc(l->arena, sizeof *except);                                      \
        if (except == NULL)                                                                        \
            document_refuse(l, value, "out of memory");                                                     \
        else                                                                                       \
            document_mapping(l, value, "not (of " what ")", name##_except_keys, except);               \
        *(const type **)out = except;                                                              \
    }                                                                                              \
    static const key_entry_t name##_keys[] = {__VA_ARGS__, {"not", read_##name##_except, offsetof(type, except), false}, {0}}; \
    static void read_##name(loader_t *l, struct fy_node *value, void *out)                         \
    {                                                                                              \
        type *match = arena_alloc(l->arena, sizeof *match);                                        \
        if (match == NULL)                                                                         \
            document_refuse(l, value, "out of memory");                                                     \
        else                                                                                       \
            document_mapping(l, value, what, name##_keys, match);                                      \
        *(const type **)out = match;                                                               \
    }

static void read_evidence_kinds(loader_t *l, struct fy_node *value, void *out)
{
    *(uint64_t *)out = document_number(l, value, 64);
    if (!l->failed && *(uint64_t *)out == 0)
        document_refuse(l, value, "at least 1 is wanted here");
}

READ_MATCH(origin, origin_match_t, "origin",
    {"vendor", read_names, offsetof(origin_match_t, vendor), false}, {"group", read_names, offsetof(origin_match_t, group), false},
    {"jurisdiction", read_names, offsetof(origin_match_t, jurisdiction), false}, {"list", read_names, offsetof(origin_match_t, list), false},
    {"strength", read_strengths, offsetof(origin_match_t, strength), false},
    {"evidence-kinds-min", read_evidence_kinds, offsetof(origin_match_t, evidence_kinds_min), false})

static void read_severity_min(loader_t *l, struct fy_node *value, void *out)
{
    finding_match_t *match = out;
    const char      *name  = document_text(l, value, DOCUMENT_NAME_MAX);
    match->has_severity    = true;
    if (!l->failed && !severity_from(name, &match->severity_min))
        document_refuse(l, value, "unknown severity \"%s\": there are info, low, medium, high, critical", name);
}

static void read_confidence_min(loader_t *l, struct fy_node *value, void *out)
{
    finding_match_t *match = out;
    match->has_confidence  = true;
    match->confidence_min  = (uint8_t)document_number(l, value, 100);
}

READ_MATCH(finding, finding_match_t, "finding",
    {"kind", read_kinds, offsetof(finding_match_t, kind), false}, {"rule", read_names, offsetof(finding_match_t, rule), false},
    {"severity-min", read_severity_min, 0, false}, {"confidence-min", read_confidence_min, 0, false})

static void read_ranges(loader_t *l, struct fy_node *value, void *out)
{
    names_t *ranges = out;
    read_names(l, value, ranges);
    for (size_t i = 0; i < ranges->count && !l->failed; i++)
        if (!version_range_valid(ranges->items[i]))
            document_refuse(l, value, "\"%s\" is no range of versions: one is like \">=1.0.1 <1.0.1g\"", ranges->items[i]);
}

READ_MATCH(component, component_match_t, "component",
    {"name", read_names, offsetof(component_match_t, name), false}, {"purl", read_names, offsetof(component_match_t, purl), false},
    {"purl-prefix", read_names, offsetof(component_match_t, purl_prefix), false},
    {"version-range", read_ranges, offsetof(component_match_t, version_range), false},
    {"licence", read_names, offsetof(component_match_t, licence), false})

READ_MATCH(crypto, crypto_match_t, "crypto",
    {"algorithm", read_names, offsetof(crypto_match_t, algorithm), false},
    {"rsa-bits-below", read_number, offsetof(crypto_match_t, rsa_bits_below), false})

static void read_run(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"longer-than", read_number, offsetof(run_match_t, longer_than), true}, {"high-entropy", read_truth, offsetof(run_match_t, high_entropy),
                                                                                 false}, {0}};
    run_match_t *match = arena_alloc(l->arena, sizeof *match);
    if (match == NULL)
        document_refuse(l, value, "out of memory");
    else
        document_mapping(l, value, "unknown-run", keys, match);
    *(const run_match_t **)out = match;
}

static void read_coverage(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {{"below-ppm", read_ppm, offsetof(match_t, coverage_below), true}, {0}};
    match_t                 *match  = out;
    match->has_coverage             = true;
    document_mapping(l, value, "coverage", keys, match);
}

static void read_match(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"origin", read_origin, offsetof(match_t, origin), false}, {"finding", read_finding, offsetof(match_t, finding), false},
        {"component", read_component, offsetof(match_t, component), false}, {"crypto", read_crypto, offsetof(match_t, crypto), false},
        {"unknown-run", read_run, offsetof(match_t, unknown_run), false}, {"coverage", read_coverage, 0, false},
        {"placement", read_placements, offsetof(match_t, placement), false}, {0}};
    document_mapping(l, value, "match", keys, out);
}

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

static void read_effect(loader_t *l, struct fy_node *value, void *out)
{
    policy_rule_t *rule = out;
    const char    *name = document_text(l, value, DOCUMENT_NAME_MAX);
    rule->is_transition = strcmp(name, "transition") == 0;
    rule->effect        = VERDICT_REJECT;
    if (!l->failed && !rule->is_transition && !verdict_from(name, &rule->effect))
        document_refuse(l, value, "unknown effect \"%s\": there are accept, conditional, inconclusive, reject, transition", name);
}

static const key_entry_t rule_keys[] = {
    {"id", read_id, offsetof(policy_rule_t, id), true},
    {"match", read_match, offsetof(policy_rule_t, match), true},
    {"effect", read_effect, 0, true},
    {"until", read_date, offsetof(policy_rule_t, until), false},
    {"plan-required", read_truth, offsetof(policy_rule_t, plan_required), false},
    {"scope", read_scopes, offsetof(policy_rule_t, scope), false},
    {"require", read_names, offsetof(policy_rule_t, require), false},
    {"reason", read_text, offsetof(policy_rule_t, reason), true},
    {"ref", read_text, offsetof(policy_rule_t, reference), false}, {0}};

static bool has_key(struct fy_node *mapping, const char *key) { return fy_node_mapping_lookup_value_by_simple_key(mapping, key,
                                                                                                    strlen(key)) != NULL; }

static void check_rule(loader_t *l, struct fy_node *node, policy_rule_t *rule)
{
    rule->line = document_position(node).line;
    if (rule->is_transition != has_key(node, "until"))
        document_refuse(l, node, rule->is_transition ? "a transition needs the key \"until\"" : "only a transition has the key \"until\"");
    if (!rule->is_transition && has_key(node, "plan-required"))
        document_refuse(l, node, "only a transition has the key \"plan-required\"");
    if (rule->require.count > 0 && !rule->is_transition && rule->effect != VERDICT_CONDITIONAL)
        document_refuse(l, node, "only a conditional rule or a transition has the key \"require\"");
    if (rule->is_transition && !has_key(node, "plan-required"))
        rule->plan_required = true;
}

static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* `items` begin with their id, each. */
static void refuse_repeated_ids(loader_t *l, struct fy_node *node, const char *what, const void *items, size_t size, size_t count)
{
    const char **ids = arena_array(l->arena, count, sizeof *ids);
    if (ids == NULL) {
        document_refuse(l, node, "out of memory");
        return;
    }
    for (size_t i = 0; i < count; i++)
        ids[i] = *(const char *const *)(const void *)((const uint8_t *)items + i * size);
    qsort(ids, count, sizeof *ids, by_id);
    for (size_t i = 1; i < count; i++)
        if (strcmp(ids[i - 1], ids[i]) == 0)
            document_refuse(l, node, "two %s have the id \"%s\"", what, ids[i]);
}

static void read_rules(loader_t *l, struct fy_node *value, void *out)
{
    policy_t *policy = out;
    void     *rules  = NULL, *at = NULL;
    document_list(l, value, "rules", rule_keys, sizeof(policy_rule_t), &rules, &policy->rule_count);
    policy->rules = rules;
    for (size_t i = 0; i < policy->rule_count && !l->failed; i++)
        check_rule(l, fy_node_sequence_iterate(value, &at), (policy_rule_t *)rules + i);
    if (!l->failed)
        refuse_repeated_ids(l, value, "rules", rules, sizeof(policy_rule_t), policy->rule_count);
}

/* ---- waivers ---------------------------------------------------------------------------------------------------------- */

static void read_subject(loader_t *l, struct fy_node *value, void *out)
{
    const char *text = document_text(l, value, DOCUMENT_TEXT_MAX);
    if (!l->failed && (strncmp(text, "sha256:", 7) != 0 || !hex_decode(text + 7, out, SHA256_SIZE) || strpbrk(text, "ABCDEF") != NULL))
        document_refuse(l, value, "\"sha256:\" and 64 hexadecimal digits in small letters are wanted here");
}

static const key_entry_t waiver_keys[] = {
    {"id", read_id, offsetof(policy_waiver_t, id), true},
    {"rule", read_id, offsetof(policy_waiver_t, rule), true},
    {"subject", read_subject, offsetof(policy_waiver_t, subject), true},
    {"finding", read_text, offsetof(policy_waiver_t, finding), true},
    {"by", read_text, offsetof(policy_waiver_t, by), true},
    {"approved-by", read_text, offsetof(policy_waiver_t, approved_by), true},
    {"why", read_text, offsetof(policy_waiver_t, why), true},
    {"from", read_date, offsetof(policy_waiver_t, from), true},
    {"expires", read_date, offsetof(policy_waiver_t, expires), true}, {0}};

static bool is_rule(const policy_t *policy, const char *id)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        if (strcmp(policy->rules[i].id, id) == 0)
            return true;
    return false;
}

static void check_waiver(loader_t *l, struct fy_node *node, policy_waiver_t *waiver)
{
    waiver->line = document_position(node).line;
    if (strcasecmp(waiver->by, waiver->approved_by) == 0)
        document_refuse(l, node, "waiver %s: another person than the one who asks for it has to approve it", waiver->id);
    else if (waiver->expires < waiver->from || waiver->expires - waiver->from > WAIVER_DAYS_MAX)
        document_refuse(l, node, "waiver %s: it expires on the day it begins or at most %d days later", waiver->id, WAIVER_DAYS_MAX);
}

static void read_waivers(loader_t *l, struct fy_node *value, void *out)
{
    policy_t *policy  = out;
    void     *waivers = NULL, *at = NULL;
    document_list(l, value, "waivers", waiver_keys, sizeof(policy_waiver_t), &waivers, &policy->waiver_count);
    policy->waivers = waivers;
    for (size_t i = 0; i < policy->waiver_count && !l->failed; i++)
        check_waiver(l, fy_node_sequence_iterate(value, &at), (policy_waiver_t *)waivers + i);
    if (!l->failed)
        refuse_repeated_ids(l, value, "waivers", waivers, sizeof(policy_waiver_t), policy->waiver_count);
}

/* Keys come in any order: that the rules of waivers exist can be asked at the end only. */
static void check_waived_rules(loader_t *l, struct fy_node *root, const policy_t *policy)
{
    void *at = NULL;
    for (size_t i = 0; i < policy->waiver_count && !l->failed; i++) {
        struct fy_node *node = fy_node_sequence_iterate(fy_node_mapping_lookup_value_by_simple_key(root, "waivers", 7), &at);
        if (!is_rule(policy, policy->waivers[i].rule))
            document_refuse(l, node, "waiver %s: there is no rule \"%s\"", policy->waivers[i].id, policy->waivers[i].rule);
    }
}

/* ---- the policy ------------------------------------------------------------------------------------------------------- */

static void read_version(loader_t *l, struct fy_node *value, void *out)
{
    (void)out;
    if (document_number(l, value, UINT32_MAX) != VERSION && !l->failed)
        document_refuse(l, value, "this is a policy of another version than %d", VERSION);
}

static void read_best(loader_t *l, struct fy_node *value, void *out)
{
    const char *name = document_text(l, value, DOCUMENT_NAME_MAX);
    if (!l->failed && (!verdict_from(name, out) || *(verdict_result_t *)out == VERDICT_REJECT))
        document_refuse(l, value, "the best that a policy can say is accept, conditional or inconclusive, not \"%s\"", name);
}

static void read_imports(loader_t *l, struct fy_node *value, void *out)
{
    names_t *imports = out;
    read_names(l, value, imports);
    for (size_t i = 0; i < imports->count && !l->failed; i++) {
        if (strncmp(imports->items[i], "lists/", 6) != 0 || strlen(imports->items[i]) == 6)
            document_refuse(l, value, "only lists of the knowledge base can be imported: \"lists/\" and its id, not \"%s\"", imports->items[i]);
        else
            imports->items[i] += 6;
    }
}

static void read_days(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = document_number(l, value, 36600); }

static void read_limits(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"min-explained-ppm", read_ppm, offsetof(policy_limits_t, min_explained_ppm), true},
        {"max-unknown-run", read_number, offsetof(policy_limits_t, max_unknown_run), true},
        {"max-unknown-high-entropy", read_number, offsetof(policy_limits_t, max_unknown_high_entropy), true},
        {"max-damaged", read_number, offsetof(policy_limits_t, max_damaged), false},
        {"max-limits", read_number, offsetof(policy_limits_t, max_limits), false},
        {"max-crashes", read_number, offsetof(policy_limits_t, max_crashes), false},
        {"max-kb-age", read_days, offsetof(policy_limits_t, max_kb_age), false}, {0}};
    document_mapping(l, value, "limits", keys, out);
}

static void read_policy(loader_t *l, struct fy_node *root, void *out)
{
    static const key_entry_t keys[] = {
        {"assay-policy", read_version, 0, true},
        {"id", read_id, offsetof(policy_t, id), true},
        {"title", read_text, offsetof(policy_t, title), false},
        {"scope", read_scopes, offsetof(policy_t, scope), false},
        {"imports", read_imports, offsetof(policy_t, imports), false},
        {"best", read_best, offsetof(policy_t, best), false},
        {"limits", read_limits, offsetof(policy_t, limits), true},
        {"rules", read_rules, 0, true},
        {"waivers", read_waivers, 0, false}, {0}};
    document_mapping(l, root, "a policy", keys, out);
    if (!l->failed)
        check_waived_rules(l, root, out);
}

const policy_t *policy_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY])
{
    loader_t  loader = {.arena = arena, .file = file, .why = why};
    policy_t *policy = arena_alloc(arena, sizeof *policy);
    sha256_t  digest;
    if (policy == NULL || !status_ok(sha256_of(yaml, &digest))) {
        (void)snprintf(why, POLICY_WHY, "%s:1:1: out of memory", file);
        return NULL;
    }
    hex_encode(digest.bytes, SHA256_SIZE, policy->digest);
    policy->limits.max_kb_age = UINT64_MAX;
    return document_read(yaml, &loader, read_policy, policy) ? policy : NULL;
}

bool policy_depends_on_date(const policy_t *policy)
{
    bool depends = policy->waiver_count > 0 || policy->limits.max_kb_age != UINT64_MAX;
    for (size_t i = 0; i < policy->rule_count; i++)
        depends = depends || policy->rules[i].is_transition;
    return depends;
}
