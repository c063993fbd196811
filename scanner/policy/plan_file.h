/* The plan of whoever has to replace something: what goes, who sees to it, what takes its place, by when.
 *
 *   assay-plan: 1
 *   items:
 *     - {fact: "origin:example", owner: Network operations, replacement: "Router R2 of Other", by: 2028-06-30}
 *
 * `fact` is what waivers call it: "origin:VENDOR", the id of a finding, "component:NAME@VERSION", "crypto:PATH". */
#ifndef ASSAY_POLICY_PLAN_FILE_H
#define ASSAY_POLICY_PLAN_FILE_H

#include "policy/policy.h"

typedef struct { const char *fact, *owner, *replacement; int32_t by; } plan_item_t;
typedef struct policy_plan {
    char               digest[SHA256_HEX]; /* of the file's bytes */
    const plan_item_t *items;
    size_t             count;
} policy_plan_t;

/* NULL, and "file:line:column: what" in `why`, when it is no plan. */
const policy_plan_t *plan_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY]);
const policy_plan_t *plan_load(const char *path, arena_t *arena, char why[POLICY_WHY]);

/* The item for this fact; NULL when there is none. */
const plan_item_t *plan_item_for(const policy_plan_t *plan, const char *fact);

#endif
