/* From markers to origins: how far each marker may be trusted beside all others of one scan, and when they make an origin. */
#ifndef ASSAY_ENGINE_ORIGIN_JUDGE_H
#define ASSAY_ENGINE_ORIGIN_JUDGE_H

#include "model/record.h"

typedef struct {
    const char *vendor, *kind;   /* kind as in the report */
    uint32_t    blob;
    strength_t  strength;        /* in: of the marker; out: what it says beside the others */
    bool        in_table;        /* out: it stands in a table of many makers, and says nothing by itself */
} origin_claim_t;

/* Negative evidence. What names many makers names none of them as the maker:
 * - the device trees of a generic kernel, where more than MAKERS_OF_ONE_DEVICE vendors have one: supporting at most;
 * - markers of one kind in one blob for more than MAKERS_OF_ONE_BLOB vendors (registries of addresses and ids, trust stores, lists of blocked
 *   domains): strong ones become supporting, supporting ones say nothing; definitive ones stand.
 * False when out of memory. */
enum { MAKERS_OF_ONE_DEVICE = 8, MAKERS_OF_ONE_BLOB = 8 };
bool origins_weigh(origin_claim_t *claims, size_t count);

/* Do these claims, all of one vendor, make an origin? One definitive, or one strong, or supporting ones of different families do. */
bool origin_stands(const origin_claim_t *claims, size_t count, strength_t *strength);

#endif
