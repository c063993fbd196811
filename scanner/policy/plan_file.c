#include "policy/plan_file.h"

#include "policy/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void read_plan_version(loader_t *l, struct fy_node *value, void *out)
{
    (void)out;
    if (document_number(l, value, UINT32_MAX) != 1 && !l->failed)
        document_refuse(l, value, "this is a plan of another version than 1");
}

static void read_items(loader_t *l, struct fy_node *value, void *out)
{
    static const key_entry_t keys[] = {
        {"fact", read_text, offsetof(plan_item_t, fact), true}, {"owner", read_text, offsetof(plan_item_t, owner), true},
        {"replacement", read_text, offsetof(plan_item_t, replacement), true}, {"by", read_date, offsetof(plan_item_t, by), true}, {0}};
    policy_plan_t *plan  = out;
    void          *items = NULL;
    document_list(l, value, "items", keys, sizeof(plan_item_t), &items, &plan->count);
    plan->items = items;
}

static void read_plan(loader_t *l, struct fy_node *root, void *out)
{
    static const key_entry_t keys[] = {{"assay-plan", read_plan_version, 0, true}, {"items", read_items, 0, true}, {0}};
    document_mapping(l, root, "a plan", keys, out);
}

const policy_plan_t *plan_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY])
{
    loader_t       loader = {.arena = arena, .file = file, .why = why};
    policy_plan_t *plan   = arena_alloc(arena, sizeof *plan);
    sha256_t       digest;
    if (plan == NULL || !status_ok(sha256_of(yaml, &digest))) {
        (void)snprintf(why, POLICY_WHY, "%s:1:1: out of memory", file);
        return NULL;
    }
    hex_encode(digest.bytes, SHA256_SIZE, plan->digest);
    return document_read(yaml, &loader, read_plan, plan) ? plan : NULL;
}

const policy_plan_t *plan_load(const char *path, arena_t *arena, char why[POLICY_WHY])
{
    buffer_t             yaml = {0};
    const policy_plan_t *plan = NULL;
    if (document_file(path, &yaml))
        plan = plan_from(buffer_span(&yaml), path, arena, why);
    else
        (void)snprintf(why, POLICY_WHY, "%.300s: cannot read the plan: %s", path, strerror(errno));
    buffer_free(&yaml);
    return plan;
}

const plan_item_t *plan_item_for(const policy_plan_t *plan, const char *fact)
{
    for (size_t i = 0; plan != NULL && i < plan->count; i++)
        if (strcmp(plan->items[i].fact, fact) == 0)
            return &plan->items[i];
    return NULL;
}
