/* Arrays that grow by doubling. */
#ifndef ASSAY_BASE_GROW_H
#define ASSAY_BASE_GROW_H

#include "base/bytes.h"

#include <stdlib.h>

enum { GROW_FIRST = 64 };

/* Room for one more item of `size` bytes in `*items`, which holds `count` of `*capacity`. False when out of memory: all stays as it is, and
 * is still the caller's to free. */
static inline bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    uint64_t more  = *capacity == 0 ? GROW_FIRST : 2 * (uint64_t)*capacity, bytes;
    void    *grown = checked_mul(more, size, &bytes) ? realloc(*items, bytes) : NULL;
    if (grown == NULL)
        return false;
    *items    = grown;
    *capacity = (size_t)more;
    return true;
}

#endif
