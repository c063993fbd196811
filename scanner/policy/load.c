/* Policies as files, what they name, and their form in JSON. */
#include "policy/document.h"
#include "policy/policy.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)POLICY_WHY == (int)DOCUMENT_WHY, "messages of one size");

/* ---- files ------------------------------------------------------------------------------------------------------------ */

const char *policy_path(const char *name, const char *data, char *out)
{
    bool ships = data != NULL && strchr(name, '/') == NULL && access(name, F_OK) != 0 &&
                 snprintf(out, PATH_MAX, "%s/corpus/policies/%s.yaml", data, name) < PATH_MAX && access(out, F_OK) == 0;
    if (!ships)
        (void)snprintf(out, PATH_MAX, "%s", name);
    return out;
}

const policy_t *policy_load(const char *name, const char *data, arena_t *arena, char why[POLICY_WHY])
{
    char            path[PATH_MAX];
    buffer_t        yaml   = {0};
    const policy_t *policy = NULL;
    if (document_file(policy_path(name, data, path), &yaml))
        policy = policy_from(buffer_span(&yaml), path, arena, why);
    else
        (void)snprintf(why, POLICY_WHY, "%.300s: cannot read the policy: %s", path, strerror(errno));
    buffer_free(&yaml);
    return policy;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------- */

enum { JSON_NESTING_MAX = 12 };

static json_t *json_of(struct fy_node *node, unsigned depth)
{
    void  *at   = NULL;
    size_t size = 0;
    if (node == NULL || depth > JSON_NESTING_MAX)
        return NULL;
    if (fy_node_is_scalar(node)) {
        const char *text = fy_node_get_scalar(node, &size);
        return json_stringn(text != NULL ? text : "", size);
    }
    json_t *json = fy_node_is_mapping(node) ? json_object() : json_array();
    if (fy_node_is_mapping(node))
        for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(node, &at)) != NULL;) {
            char *key = fy_node_get_scalar0(fy_node_pair_key(pair)) != NULL ? strdup(fy_node_get_scalar0(fy_node_pair_key(pair))) : NULL;
            if (key == NULL || json_object_set_new(json, key, json_of(fy_node_pair_value(pair), depth + 1)) != 0) {
                free(key);
                json_decref(json);
                return NULL;
            }
            free(key);
        }
    else
        for (struct fy_node *item; (item = fy_node_sequence_iterate(node, &at)) != NULL;)
            if (json_array_append_new(json, json_of(item, depth + 1)) != 0) {
                json_decref(json);
                return NULL;
            }
    return json;
}

static void read_json(loader_t *l, struct fy_node *root, void *out)
{
    json_t *json = json_of(root, 0);
    char   *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text != NULL)
        buffer_append_text(out, text);
    if (text == NULL || ((buffer_t *)out)->failed)
        document_refuse(l, root, "out of memory");
    free(text);
    json_decref(json);
}

bool policy_to_json(span_t yaml, const char *file, buffer_t *out, char why[POLICY_WHY])
{
    arena_t *arena  = arena_new(SIZE_MAX);
    loader_t loader = {.arena = arena, .file = file, .why = why};
    (void)snprintf(why, POLICY_WHY, "%s:1:1: out of memory", file);
    bool good = arena != NULL && policy_from(yaml, file, arena, why) != NULL && document_read(yaml, &loader, read_json, out);
    arena_free(arena);
    return good;
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

static bool imported(const policy_t *policy, const char *list)
{
    for (size_t i = 0; i < policy->imports.count; i++)
        if (strcmp(policy->imports.items[i], list) == 0)
            return true;
    return false;
}

typedef bool knows_t(const knowledge_t *, const char *);

static bool names_known(const names_t *names, const knowledge_t *k, knows_t *knows, const char *what, const policy_t *policy,
                        const policy_rule_t *rule, char *why)
{
    for (size_t i = 0; i < names->count; i++)
        if (!knows(k, names->items[i]) && !(knows == knows_list && imported(policy, names->items[i]))) {
            (void)snprintf(why, POLICY_WHY, "rule %s (line %d): the knowledge base has no %s \"%s\"", rule->id, rule->line, what, names->items[i]);
            return false;
        }
    return true;
}

static bool origin_names_known(const origin_match_t *match, const knowledge_t *k, const policy_t *policy, const policy_rule_t *rule, char *why)
{
    return match == NULL || (names_known(&match->vendor, k, knows_vendor, "vendor", policy, rule, why) &&
                             names_known(&match->group, k, knows_group, "group", policy, rule, why) &&
                             names_known(&match->jurisdiction, k, knows_jurisdiction, "jurisdiction", policy, rule, why) &&
                             names_known(&match->list, k, knows_list, "list", policy, rule, why));
}

bool policy_names_known(const policy_t *policy, const knowledge_t *knowledge, char why[POLICY_WHY])
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const policy_rule_t  *rule   = &policy->rules[i];
        const origin_match_t *origin = rule->match.origin;
        if (origin != NULL && !(origin_names_known(origin, knowledge, policy, rule, why) && origin_names_known(origin->except, knowledge, policy,
                                                                                                    rule, why)))
            return false;
    }
    return true;
}
