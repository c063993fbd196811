#include "base/texts.h"

#include <stdlib.h>

enum { FIRST_SIZE = 1024 };

static uint64_t hash_text(span_t text)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.at[i]) * UINT64_C(1099511628211);
    return hash;
}

static bool grow_table(texts_t *texts)
{
    size_t       size  = texts->size == 0 ? FIRST_SIZE : texts->size * 2;
    const char **grown = calloc(size, sizeof *grown);
    if (grown == NULL)
        return false;
    for (size_t i = 0; i < texts->size; i++) {
        if (texts->table[i] == NULL)
            continue;
        size_t at = hash_text(span_from_text(texts->table[i])) & (size - 1);
        while (grown[at] != NULL)
            at = (at + 1) & (size - 1);
        grown[at] = texts->table[i];
    }
    free(texts->table);
    texts->table = grown;
    texts->size  = size;
    return true;
}

const char *texts_keep(texts_t *texts, span_t text)
{
    if (text.at == NULL || (texts->count * 2 >= texts->size && !grow_table(texts)))
        return NULL;
    size_t at = hash_text(text) & (texts->size - 1);
    while (texts->table[at] != NULL && !span_equal(span_from_text(texts->table[at]), text))
        at = (at + 1) & (texts->size - 1);
    if (texts->table[at] == NULL && (texts->table[at] = arena_text(texts->arena, text)) != NULL)
        texts->count++;
    return texts->table[at];
}

void texts_free(texts_t *texts)
{
    free(texts->table);
    *texts = (texts_t){.arena = texts->arena};
}
