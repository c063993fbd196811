/* Which thing of an old list is which of a new one? */
#ifndef ASSAY_REPORT_PAIRING_H
#define ASSAY_REPORT_PAIRING_H

#include "base/arena.h"

enum { UNPAIRED = UINT32_MAX };

/* The key of item `index` of list `side` (0 old, 1 new); NULL: it takes no part. */
typedef const char *pairing_key_t(void *context, int side, uint32_t index);

typedef struct { uint32_t count[2]; uint32_t *partner[2]; } pairing_t;

/* Nothing is paired yet. False when out of memory. */
bool pairing_start(pairing_t *pairing, size_t old_count, size_t new_count, arena_t *arena);
/* Pairs items that have no partner yet and have the same key; where several have, in their order. */
bool pairing_by(pairing_t *pairing, pairing_key_t *key, void *context, arena_t *arena);

#endif
