#include "report/pairing.h"

#include <stdlib.h>
#include <string.h>

typedef struct { const char *key; uint32_t index; } entry_t;

static int by_key(const void *a, const void *b)
{
    const entry_t *x = a, *y = b;
    int            sign = strcmp(x->key, y->key);
    return sign != 0 ? sign : (x->index > y->index) - (x->index < y->index);
}

bool pairing_start(pairing_t *pairing, size_t old_count, size_t new_count, arena_t *arena)
{
    size_t counts[2] = {old_count, new_count};
    for (int side = 0; side < 2; side++) {
        if (counts[side] >= UNPAIRED)
            return false;
        pairing->count[side]   = (uint32_t)counts[side];
        pairing->partner[side] = arena_array(arena, counts[side], sizeof(uint32_t));
        if (pairing->partner[side] == NULL)
            return false;
        for (uint32_t i = 0; i < pairing->count[side]; i++)
            pairing->partner[side][i] = UNPAIRED;
    }
    return true;
}

static entry_t *entries_of(const pairing_t *pairing, int side, pairing_key_t *key, void *context, arena_t *arena, size_t *count)
{
    entry_t *entries = arena_array(arena, pairing->count[side], sizeof *entries);
    *count           = 0;
    for (uint32_t i = 0; entries != NULL && i < pairing->count[side]; i++) {
        const char *text = pairing->partner[side][i] == UNPAIRED ? key(context, side, i) : NULL;
        if (text != NULL)
            entries[(*count)++] = (entry_t){text, i};
    }
    if (entries != NULL && *count > 0)
        qsort(entries, *count, sizeof *entries, by_key);
    return entries;
}

bool pairing_by(pairing_t *pairing, pairing_key_t *key, void *context, arena_t *arena)
{
    size_t   counts[2];
    entry_t *old = entries_of(pairing, 0, key, context, arena, &counts[0]), *new = entries_of(pairing, 1, key, context, arena, &counts[1]);
    if (old == NULL || new == NULL)
        return false;
    for (size_t i = 0, j = 0; i < counts[0] && j < counts[1];) {
        int sign = strcmp(old[i].key, new[j].key);
        if (sign == 0) {
            pairing->partner[0][old[i].index] = new[j].index;
            pairing->partner[1][new[j].index] = old[i].index;
        }
        i += sign <= 0;
        j += sign >= 0;
    }
    return true;
}
