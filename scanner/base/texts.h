/* Texts that occur often, each kept once. */
#ifndef ASSAY_BASE_TEXTS_H
#define ASSAY_BASE_TEXTS_H

#include "base/arena.h"

/* Zero-initialised but for the arena, which owns the texts and must outlive their use; the table is freed by texts_free. */
typedef struct {
    arena_t     *arena;
    const char **table; /* open addressing */
    size_t       size, count;
} texts_t;

/* The one copy of the text; NULL when `text` is NULL or out of memory. */
const char *texts_keep(texts_t *texts, span_t text);
void        texts_free(texts_t *texts);

#endif
