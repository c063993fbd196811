/* Reads policies by libfyaml. Anchors, aliases, tags, keys that stand twice and unknown keys are refused; the language is in
 * docs/policy.md. Each mapping is read by a table of its keys. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <errno.h>
#include <libfyaml.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NESTING_MAX = 10, NAME_MAX_BYTES = 64, TEXT_MAX = 1000, VERSION = 1 };

typedef struct { int line, column; } position_t;

/* The first fault sticks. */
typedef struct {
    arena_t    *arena;
    const char *file;
    char       *why;
    bool        failed;
    position_t  key; /* the last one read: where something that has no position of its own is said to be */
} loader_t;

typedef struct {
    const char *key;
    void (*read)(loader_t *, struct fy_node *value, void *out);
    size_t      offset; /* of what `read` fills, in the mapping's structure */
    bool        required;
} key_entry_t;

/* ---- where and what is wrong ------------------------------------------------------------------------------------------ */

/* Nodes other than scalars have no position of their own: that of their first scalar is as good. */
static position_t position_of(struct fy_node *node, unsigned depth)
{
    void *at = NULL;
    if (node == NULL || depth > NESTING_MAX)
        return (position_t){0, 0};
    if (fy_node_is_mapping(node)) {
        struct fy_node_pair *pair = fy_node_mapping_iterate(node, &at);
        return pair != NULL ? position_of(fy_node_pair_key(pair), depth + 1) : (position_t){0, 0};
    }
    if (fy_node_is_sequence(node))
        return position_of(fy_node_sequence_iterate(node, &at), depth + 1);
    struct fy_token      *token = fy_node_get_scalar_token(node);
    const struct fy_mark *mark  = token != NULL ? fy_token_start_mark(token) : NULL;
    return mark != NULL ? (position_t){mark->line + 1, mark->column + 1} : (position_t){0, 0};
}

static void __attribute__((format(printf, 3, 4))) refuse(loader_t *l, struct fy_node *node, const char *format, ...)
{
    if (l->failed)
        return;
    l->failed           = true;
    position_t position = position_of(node, 0);
    if (position.line == 0)
        position = l->key;
    int        length   = snprintf(l->why, POLICY_WHY, "%s:%d:%d: ", l->file, position.line, position.column);
    if (length < 0 || length >= POLICY_WHY)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(l->why + length, (size_t)(POLICY_WHY - length), format, args);
    va_end(args);
}

/* ---- scalars ---------------------------------------------------------------------------------------------------------- */

static const char *text_of(loader_t *l, struct fy_node *node, size_t max)
{
    size_t      size = 0;
    const char *at   = fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &size) : NULL;
    if (at == NULL || size == 0 || size > max)
        refuse(l, node, "a text of 1 to %zu bytes is wanted here", max);
    else if (!text_may_be_shown(span_from(at, size)))
        refuse(l, node, "a text of one line without control characters is wanted here");
    const char *copy = l->failed ? NULL : arena_text(l->arena, span_from(at, size));
    if (copy == NULL)
        refuse(l, node, "out of memory");
    return copy != NULL ? copy : "";
}

static void read_text(loader_t *l, struct fy_node *value, void *out) { *(const char **)out = text_of(l, value, TEXT_MAX); }

static void read_id(loader_t *l, struct fy_node *value, void *out)
{
    const char *id = text_of(l, value, NAME_MAX_BYTES);
    if (!l->failed && id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] != '\0')
        refuse(l, value, "an id is made of letters, digits, '.', '_' and '-'");
    *(const char **)out = id;
}

static uint64_t number_of(loader_t *l, struct fy_node *value, uint64_t max)
{
    const char *text = text_of(l, value, 20);
    char       *end  = NULL;
    errno            = 0;
    uint64_t number  = strtoull(text, &end, 10);
    bool     plain   = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && (text[0] != '0' || text[1] == '\0');
    if (!l->failed && (!plain || number > max))
        refuse(l, value, "a whole number from 0 to %llu is wanted here", (unsigned long long)max);
    return number;
}

static void read_number(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = number_of(l, value, INT64_MAX); }
static void read_ppm(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = number_of(l, value, 1000000); }

static void read_version(loader_t *l, struct fy_node *value, void *out)
{
    (void)out;
    if (number_of(l, value, UINT32_MAX) != VERSION && !l->failed)
        refuse(l, value, "this is a policy of another version than %d", VERSION);
}

static void read_effect(loader_t *l, struct fy_node *value, void *out)
{
    const char *name = text_of(l, value, NAME_MAX_BYTES);
    if (!l->failed && !verdict_from(name, out))
        refuse(l, value, "unknown effect \"%s\": effects are accept, conditional, inconclusive, reject", name);
}

/* ---- lists: one text or several --------------------------------------------------------------------------------------- */

static int item_count(struct fy_node *value) { return fy_node_is_sequence(value) ? fy_node_sequence_item_count(value) : 1; }

static struct fy_node *item_at(struct fy_node *value, void **at)
{
    if (fy_node_is_sequence(value))
        return fy_node_sequence_iterate(value, at);
    struct fy_node *one = *at == NULL ? value : NULL;
    *at                 = value;
    return one;
}

static void read_names(loader_t *l, struct fy_node *value, void *out)
{
    names_t *names = out;
    int      count = item_count(value);
    if (count < 1 || count > POLICY_ITEMS_MAX) {
        refuse(l, value, "a name or a list of names is wanted here");
        return;
    }
    names->items = arena_array(l->arena, (size_t)count, sizeof *names->items);
    if (names->items == NULL)
        refuse(l, value, "out of memory");
    void *at = NULL;
    for (struct fy_node *item; !l->failed && (item = item_at(value, &at)) != NULL;)
        names->items[names->count++] = text_of(l, item, TEXT_MAX);
}

static void read_strengths(loader_t *l, struct fy_node *value, void *out)
{
    names_t    names = {0};
    strength_t strength;
    read_names(l, value, &names);
    for (size_t i = 0; i < names.count && !l->failed; i++) {
        if (strength_from(names.items[i], &strength))
            *(value_set_t *)out |= 1u << strength;
        else
            refuse(l, value, "unknown strength \"%s\": strengths are supporting, strong, definitive", names.items[i]);
    }
}

static void read_kinds(loader_t *l, struct fy_node *value, void *out)
{
    names_t        names = {0};
    finding_kind_t kind;
    read_names(l, value, &names);
    for (size_t i = 0; i < names.count && !l->failed; i++) {
        if (finding_kind_from(names.items[i], &kind))
            *(value_set_t *)out |= 1u << kind;
        else
            refuse(l, value, "unknown kind \"%s\": kinds are backdoor, intercept, secret, vendor, crypto, account, service, anomaly, damage, limit", names.items[i]);
    }
}

/* ---- mappings --------------------------------------------------------------------------------------------------------- */

static const key_entry_t *entry_of(const key_entry_t *keys, const char *key)
{
    for (; keys->key != NULL; keys++)
        if (strcmp(keys->key, key) == 0)
            return keys;
    return NULL;
}

static void read_mapping(loader_t *l, struct fy_node *node, const char *what, const key_entry_t *keys, void *out)
{
    if (!fy_node_is_mapping(node) || fy_node_mapping_item_count(node) == 0) {
        refuse(l, node, "%s is a mapping with at least one key", what);
        return;
    }
    void *at = NULL;
    for (struct fy_node_pair *pair; !l->failed && (pair = fy_node_mapping_iterate(node, &at)) != NULL;) {
        struct fy_node    *key_node = fy_node_pair_key(pair);
        const char        *key      = text_of(l, key_node, NAME_MAX_BYTES);
        l->key                      = position_of(key_node, 0);
        const key_entry_t *entry    = entry_of(keys, key);
        if (!l->failed && entry == NULL)
            refuse(l, key_node, "%s has no key \"%s\" in this version", what, key);
        if (!l->failed && fy_node_pair_value(pair) == NULL)
            refuse(l, key_node, "\"%s\" has no value", key);
        if (!l->failed)
            entry->read(l, fy_node_pair_value(pair), (uint8_t *)out + entry->offset);
    }
    for (; keys->key != NULL; keys++)
        if (keys->required && !l->failed && fy_node_mapping_lookup_value_by_simple_key(node, keys->key, strlen(keys->key)) == NULL)
            refuse(l, node, "%s needs the key \"%s\"", what, keys->key);
}

/* A match and its `not:`, which is a match of the same keys that has no `not:` of its own. */
#define READ_MATCH(name, type, what, ...)                                                          \
    static const key_entry_t name##_except_keys[] = {__VA_ARGS__, {0}};                            \
    static void read_##name##_except(loader_t *l, struct fy_node *value, void *out)                \
    {                                                                                              \
        type *except = arena_alloc(l->arena, sizeof *except);                                      \
        if (except == NULL)                                                                        \
            refuse(l, value, "out of memory");                                                     \
        else                                                                                       \
            read_mapping(l, value, "not (of " what ")", name##_except_keys, except);               \
        *(const type **)out = except;                                                              \
    }                                                                                              \
    static const key_entry_t name##_keys[] = {__VA_ARGS__, {"not", read_##name##_except, offsetof(type, except), false}, {0}}; \
    static void read_##name(loader_t *l, struct fy_node *value, void *out)                         \
    {                                                                                              \
        type *match = arena_alloc(l->arena, sizeof *match);                                        \
        if (match == NULL)                                                                         \
            refuse(l, value, "out of memory");                                                     \
        else                                                                                       \
            read_mapping(l, value, what, name##_keys, match);                                      \
        *(const type **)out = match;                                                               \
    }

READ_MATCH(origin, origin_match_t, "origin",
    {"vendor", read_names, offsetof(origin_match_t, vendor), false}, {"group", read_names, offsetof(origin_match_t, group), false},
    {"jurisdiction", read_names, offsetof(origin_match_t, jurisdiction), false}, {"list", read_names, offsetof(origin_match_t, list), false},
    {"strength", read_strengths, offsetof(origin_match_t, strength), false})

static void read_severity_min(loader_t *l, struct fy_node *value, void *out)
{
    finding_match_t *match = out;
    const char      *name  = text_of(l, value, NAME_MAX_BYTES);
    match->has_severity    = true;
    if (!l->failed && !severity_from(name, &match->severity_min))
        refuse(l, value, "unknown severity \"%s\": severities are info, low, medium, high, critical", name);
}

static void read_confidence_min(loader_t *l, struct fy_node *value, void *out)
{
    finding_match_t *match = out;
    match->has_confidence  = true;
    match->confidence_min  = (uint8_t)number_of(l, value, 100);
}

READ_MATCH(finding, finding_match_t, "finding",
    {"kind", read_kinds, offsetof(finding_match_t, kind), false}, {"rule", read_names, offsetof(finding_match_t, rule), false},
    {"severity-min", read_severity_min, 0, false}, {"confidence-min", read_confidence_min, 0, false})

READ_MATCH(component, component_match_t, "component",
    {"name", read_names, offsetof(component_match_t, name), false}, {"purl-prefix", read_names, offsetof(component_match_t, purl_prefix), false})

static void read_coverage(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {{"below-ppm", read_ppm, offsetof(match_t, coverage_below), true}, {0}};
    match_t                 *match  = out;
    match->has_coverage             = true;
    read_mapping(l, value, "coverage", keys, match);
}

static void read_match(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"origin", read_origin, offsetof(match_t, origin), false}, {"finding", read_finding, offsetof(match_t, finding), false},
        {"component", read_component, offsetof(match_t, component), false}, {"coverage", read_coverage, 0, false}, {0}};
    read_mapping(l, value, "match", keys, out);
}

static void read_rule(loader_t *l, struct fy_node *node, policy_rule_t *rule)
{
    static const key_entry_t keys[] = {
        {"id", read_id, offsetof(policy_rule_t, id), true},         {"match", read_match, offsetof(policy_rule_t, match), true},
        {"effect", read_effect, offsetof(policy_rule_t, effect), true}, {"reason", read_text, offsetof(policy_rule_t, reason), true},
        {"ref", read_text, offsetof(policy_rule_t, reference), false}, {0}};
    rule->line = position_of(node, 0).line;
    read_mapping(l, node, "a rule", keys, rule);
}

static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void refuse_repeated_ids(loader_t *l, struct fy_node *node, const policy_rule_t *rules, size_t count)
{
    const char **ids = arena_array(l->arena, count, sizeof *ids);
    if (ids == NULL) {
        refuse(l, node, "out of memory");
        return;
    }
    for (size_t i = 0; i < count; i++)
        ids[i] = rules[i].id;
    qsort(ids, count, sizeof *ids, by_id);
    for (size_t i = 1; i < count; i++)
        if (strcmp(ids[i - 1], ids[i]) == 0)
            refuse(l, node, "two rules have the id \"%s\"", ids[i]);
}

static void read_rules(loader_t *l, struct fy_node *value, void *out)
{
    policy_t *policy = out;
    int       count  = fy_node_is_sequence(value) ? fy_node_sequence_item_count(value) : 0;
    if (count < 1 || count > POLICY_ITEMS_MAX) {
        refuse(l, value, "rules is a list of at least one rule");
        return;
    }
    policy_rule_t *rules = arena_array(l->arena, (size_t)count, sizeof *rules);
    if (rules == NULL)
        refuse(l, value, "out of memory");
    void *at = NULL;
    for (struct fy_node *item; !l->failed && (item = fy_node_sequence_iterate(value, &at)) != NULL;)
        read_rule(l, item, &rules[policy->rule_count++]);
    policy->rules = rules;
    if (!l->failed)
        refuse_repeated_ids(l, value, rules, policy->rule_count);
}

static void read_limits(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"min-explained-ppm", read_ppm, offsetof(policy_limits_t, min_explained_ppm), true},
        {"max-unknown-run", read_number, offsetof(policy_limits_t, max_unknown_run), true},
        {"max-unknown-high-entropy", read_number, offsetof(policy_limits_t, max_unknown_high_entropy), true}, {0}};
    read_mapping(l, value, "limits", keys, out);
}

static void read_policy(loader_t *l, struct fy_node *root, policy_t *policy)
{
    static const key_entry_t keys[] = {
        {"assay-policy", read_version, 0, true},
        {"id", read_id, offsetof(policy_t, id), true},
        {"title", read_text, offsetof(policy_t, title), false},
        {"limits", read_limits, offsetof(policy_t, limits), true},
        {"rules", read_rules, 0, true}, {0}};
    read_mapping(l, root, "a policy", keys, policy);
}

/* No anchors, aliases or tags: a policy says what it means where it stands. */
static void refuse_indirection(loader_t *l, struct fy_node *node, unsigned depth)
{
    size_t size;
    void  *at = NULL;
    if (node == NULL || l->failed)
        return;
    if (depth > NESTING_MAX)
        refuse(l, node, "nested too deeply");
    else if (fy_node_is_alias(node) || fy_node_get_anchor(node) != NULL)
        refuse(l, node, "anchors and aliases are not used in policies");
    else if (fy_node_get_tag(node, &size) != NULL)
        refuse(l, node, "tags are not used in policies");
    else if (fy_node_is_sequence(node))
        for (struct fy_node *item; !l->failed && (item = fy_node_sequence_iterate(node, &at)) != NULL;)
            refuse_indirection(l, item, depth + 1);
    else if (fy_node_is_mapping(node))
        for (struct fy_node_pair *pair; !l->failed && (pair = fy_node_mapping_iterate(node, &at)) != NULL;) {
            refuse_indirection(l, fy_node_pair_key(pair), depth + 1);
            refuse_indirection(l, fy_node_pair_value(pair), depth + 1);
        }
}

static void refuse_syntax(loader_t *l, struct fy_diag *diag)
{
    void                 *at    = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    if (l->failed)
        return;
    l->failed = true;
    if (error != NULL)
        (void)snprintf(l->why, POLICY_WHY, "%s:%d:%d: %s", l->file, error->line, error->column, error->msg);
    else
        (void)snprintf(l->why, POLICY_WHY, "%s:1:1: there is no policy in this file", l->file);
}

static void load_document(loader_t *l, struct fy_parser *parser, struct fy_diag *diag, policy_t *policy)
{
    struct fy_document *document = fy_parse_load_document(parser);
    struct fy_node     *root     = document != NULL ? fy_document_root(document) : NULL;
    if (root == NULL) {
        refuse_syntax(l, diag);
    } else {
        refuse_indirection(l, root, 0);
        if (!l->failed)
            read_policy(l, root, policy);
        struct fy_document *second = l->failed ? NULL : fy_parse_load_document(parser);
        if (second != NULL || (!l->failed && fy_diag_got_error(diag)))
            second != NULL ? refuse(l, root, "a file holds one policy, not several documents") : refuse_syntax(l, diag);
        fy_parse_document_destroy(parser, second);
    }
    fy_parse_document_destroy(parser, document);
}

const policy_t *policy_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY])
{
    loader_t  l      = {.arena = arena, .file = file, .why = why, .key = {1, 1}};
    policy_t *policy = arena_alloc(arena, sizeof *policy);
    sha256_t  digest;
    why[0] = '\0';
    if (policy == NULL || yaml.size > POLICY_BYTES_MAX || !utf8_valid(yaml) || memchr(yaml.at, '\0', yaml.size) != NULL || !status_ok(sha256_of(yaml, &digest))) {
        (void)snprintf(why, POLICY_WHY, "%s:1:1: not a text of at most 1 MiB in UTF-8", file);
        return NULL;
    }
    hex_encode(digest.bytes, SHA256_SIZE, policy->digest);
    struct fy_diag_cfg how;
    fy_diag_cfg_default(&how);
    struct fy_diag *diag = fy_diag_create(&how);
    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser   *parser = diag != NULL ? fy_parser_create(&config) : NULL;
    if (parser != NULL && fy_parser_set_string(parser, (const char *)yaml.at, yaml.size) == 0)
        load_document(&l, parser, diag, policy);
    else
        refuse(&l, NULL, "out of memory");
    if (parser != NULL)
        fy_parser_destroy(parser);
    if (diag != NULL)
        fy_diag_destroy(diag);
    return l.failed ? NULL : policy;
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static bool read_file(const char *path, buffer_t *out)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    uint8_t *at    = buffer_reserve(out, POLICY_BYTES_MAX + 1);
    size_t   size  = at != NULL ? fread(at, 1, POLICY_BYTES_MAX + 1, file) : 0;
    bool     whole = at != NULL && ferror(file) == 0;
    out->size += size;
    int error = errno;
    (void)fclose(file);
    errno = error;
    return whole;
}

const policy_t *policy_load(const char *name, const char *data, arena_t *arena, char why[POLICY_WHY])
{
    char        shipped[PATH_MAX];
    const char *path = name;
    if (data != NULL && strchr(name, '/') == NULL && access(name, F_OK) != 0 &&
        snprintf(shipped, sizeof shipped, "%s/corpus/policies/%s.yaml", data, name) < (int)sizeof shipped && access(shipped, F_OK) == 0)
        path = shipped;
    buffer_t        yaml   = {0};
    const policy_t *policy = NULL;
    if (read_file(path, &yaml))
        policy = policy_from(buffer_span(&yaml), path, arena, why);
    else
        (void)snprintf(why, POLICY_WHY, "%.300s: cannot read the policy: %s", path, strerror(errno));
    buffer_free(&yaml);
    return policy;
}

/* ---- names ------------------------------------------------------------------------------------------------------------ */

static bool knows_vendor(const knowledge_t *k, const char *id)
{
    for (size_t i = 0; i < k->vendor_count; i++)
        if (strcmp(k->vendors[i].id, id) == 0)
            return true;
    return false;
}

static bool knows_group(const knowledge_t *k, const char *name)
{
    for (size_t i = 0; i < k->vendor_count; i++)
        if (k->vendors[i].group != NULL && strcmp(k->vendors[i].group, name) == 0)
            return true;
    return false;
}

static bool knows_jurisdiction(const knowledge_t *k, const char *id)
{
    for (size_t i = 0; i < k->jurisdiction_count; i++)
        if (strcmp(k->jurisdictions[i].id, id) == 0)
            return true;
    return false;
}

static bool knows_list(const knowledge_t *k, const char *id)
{
    for (size_t i = 0; i < k->list_count; i++)
        if (strcmp(k->lists[i].id, id) == 0)
            return true;
    return false;
}

typedef bool knows_t(const knowledge_t *, const char *);

static bool names_known(const names_t *names, const knowledge_t *k, knows_t *knows, const char *what, const policy_rule_t *rule, char *why)
{
    for (size_t i = 0; i < names->count; i++)
        if (!knows(k, names->items[i])) {
            (void)snprintf(why, POLICY_WHY, "rule %s (line %d): the knowledge base has no %s \"%s\"", rule->id, rule->line, what, names->items[i]);
            return false;
        }
    return true;
}

static bool origin_names_known(const origin_match_t *match, const knowledge_t *k, const policy_rule_t *rule, char *why)
{
    return match == NULL ||
           (names_known(&match->vendor, k, knows_vendor, "vendor", rule, why) && names_known(&match->group, k, knows_group, "group", rule, why) &&
            names_known(&match->jurisdiction, k, knows_jurisdiction, "jurisdiction", rule, why) && names_known(&match->list, k, knows_list, "list", rule, why));
}

bool policy_names_known(const policy_t *policy, const knowledge_t *knowledge, char why[POLICY_WHY])
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const policy_rule_t  *rule   = &policy->rules[i];
        const origin_match_t *origin = rule->match.origin;
        if (origin != NULL && !(origin_names_known(origin, knowledge, rule, why) && origin_names_known(origin->except, knowledge, rule, why)))
            return false;
    }
    return true;
}
