/* Texts and what they stand for: filled, sorted once, then asked. One text may stand for several numbers; they come in ascending order. */
#ifndef ASSAY_ENGINE_NAMES_H
#define ASSAY_ENGINE_NAMES_H

#include "base/grow.h"

typedef struct { const char *name; uint32_t value; } name_t;
typedef struct { name_t *rows; size_t count, capacity; } names_t;

#define NO_VALUE UINT32_MAX

static inline bool names_add(names_t *names, const char *name, uint32_t value)
{
    if (name == NULL || !grow((void **)&names->rows, names->count, &names->capacity, sizeof *names->rows))
        return false;
    names->rows[names->count++] = (name_t){name, value};
    return true;
}

static inline int names_compare(const void *x, const void *y)
{
    const name_t *a     = x, *b = y;
    int           order = strcmp(a->name, b->name);
    return order != 0 ? order : a->value < b->value ? -1 : a->value > b->value;
}

static inline void names_sort(names_t *names)
{
    if (names->count > 0)
        qsort(names->rows, names->count, sizeof *names->rows, names_compare);
}

/* The first that `name` stands for; NO_VALUE when there is none. */
static inline uint32_t names_find(const names_t *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->rows[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && strcmp(names->rows[low].name, name) == 0 ? names->rows[low].value : NO_VALUE;
}

#endif
