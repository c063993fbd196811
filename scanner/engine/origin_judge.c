#include "engine/origin_judge.h"

#include "analysis/marker_values.h"

#include <stdlib.h>

static const char device_tree[] = "device-tree"; /* the kind of marker */

static int by_blob_and_kind(const void *x, const void *y)
{
    const origin_claim_t *a = *(origin_claim_t *const *)x, *b = *(origin_claim_t *const *)y;
    int                   order = strcmp(a->kind, b->kind);
    if (order != 0)
        return order;
    if (a->blob != b->blob)
        return a->blob < b->blob ? -1 : 1;
    return strcmp(a->vendor, b->vendor);
}

static int by_kind_and_vendor(const void *x, const void *y)
{
    const origin_claim_t *a = *(origin_claim_t *const *)x, *b = *(origin_claim_t *const *)y;
    int                   order = strcmp(a->kind, b->kind);
    return order != 0 ? order : strcmp(a->vendor, b->vendor);
}

/* Vendors of a run of claims whose vendors ascend. */
static size_t vendors_in(origin_claim_t *const *claims, size_t count)
{
    size_t vendors = count > 0;
    for (size_t i = 1; i < count; i++)
        vendors += strcmp(claims[i - 1]->vendor, claims[i]->vendor) != 0;
    return vendors;
}

static void weigh_tables(origin_claim_t **sorted, size_t count)
{
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && sorted[i + n]->blob == sorted[i]->blob && strcmp(sorted[i + n]->kind, sorted[i]->kind) == 0;)
            n++;
        bool table = vendors_in(sorted + i, n) > MAKERS_OF_ONE_BLOB;
        for (size_t k = i; table && k < i + n; k++) {
            sorted[k]->in_table = sorted[k]->strength < STRENGTH_DEFINITIVE;
            if (sorted[k]->strength == STRENGTH_STRONG)
                sorted[k]->strength = STRENGTH_SUPPORTING;
        }
    }
}

static void weigh_device_trees(origin_claim_t **sorted, size_t count)
{
    size_t from = 0, trees = 0;
    while (from < count && strcmp(sorted[from]->kind, device_tree) != 0)
        from++;
    while (from + trees < count && strcmp(sorted[from + trees]->kind, device_tree) == 0)
        trees++;
    if (vendors_in(sorted + from, trees) <= MAKERS_OF_ONE_DEVICE)
        return;
    for (size_t i = from; i < from + trees; i++)
        sorted[i]->strength = STRENGTH_SUPPORTING;
}

bool origins_weigh(origin_claim_t *claims, size_t count)
{
    if (count == 0)
        return true;
    origin_claim_t **sorted = calloc(count, sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &claims[i];
    qsort(sorted, count, sizeof *sorted, by_blob_and_kind);
    weigh_tables(sorted, count);
    qsort(sorted, count, sizeof *sorted, by_kind_and_vendor);
    weigh_device_trees(sorted, count);
    free(sorted);
    return true;
}

bool origin_stands(const origin_claim_t *claims, size_t count, strength_t *strength)
{
    const char *family = NULL;
    bool        differ = false;
    *strength          = STRENGTH_SUPPORTING;
    for (size_t i = 0; i < count; i++) {
        if (claims[i].strength > *strength)
            *strength = claims[i].strength;
        if (claims[i].in_table)
            continue;
        const char *other = marker_family(claims[i].kind);
        differ            = differ || (family != NULL && strcmp(other, family) != 0);
        family            = other;
    }
    return *strength > STRENGTH_SUPPORTING || differ;
}
