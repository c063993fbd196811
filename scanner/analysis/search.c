#include "analysis/search.h"

#include "analysis/entropy.h"

#include <stdlib.h>

enum { MAGIC_MAX = 32 }; /* bytes of filling that a magic may begin with */

/* Magics are found by their first two bytes: a bitmap says in one look whether any magic begins so, which is no for almost every
 * position; then the few magics of that pair are compared. */
typedef struct { uint16_t pair; const magic_t *magic; const extractor_t *extractor; } entry_t;

struct search {
    uint64_t bitmap[65536 / 64];
    size_t   count, formats;
    entry_t  entries[]; /* ascending by pair */
};

static uint16_t pair_of(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static int by_pair(const void *a, const void *b)
{
    uint16_t x = ((const entry_t *)a)->pair, y = ((const entry_t *)b)->pair;
    return x < y ? -1 : x > y;
}

search_t *search_new(void)
{
    size_t count = 0, formats = 0;
    for (; extractors[formats] != NULL; formats++)
        count += extractors[formats]->magic_count;
    search_t *search = calloc(1, sizeof *search + count * sizeof(entry_t));
    if (search == NULL)
        return NULL;
    search->formats = formats;
    for (size_t i = 0; i < formats; i++)
        for (size_t m = 0; m < extractors[i]->magic_count && !extractors[i]->only_at_start; m++) {
            const magic_t *magic                = &extractors[i]->magics[m];
            uint16_t       pair                 = pair_of(magic->bytes.at);
            search->entries[search->count++]    = (entry_t){pair, magic, extractors[i]};
            search->bitmap[pair / 64]          |= UINT64_C(1) << (pair % 64);
        }
    if (search->count > 0)
        qsort(search->entries, search->count, sizeof *search->entries, by_pair);
    return search;
}

void search_free(search_t *search) { free(search); }

size_t search_formats(const search_t *search) { return search->formats; }

static bool stands_at_start(const extractor_t *extractor, span_t blob)
{
    for (size_t m = 0; m < extractor->magic_count; m++) {
        span_t there = span_sub(blob, extractor->magics[m].at, extractor->magics[m].bytes.size);
        if (there.at != NULL && span_equal(there, extractor->magics[m].bytes))
            return true;
    }
    return extractor->magic_count == 0 || extractor->asked_at_start;
}

size_t search_at_start(const search_t *search, span_t blob, const extractor_t **found)
{
    size_t count = 0;
    for (size_t i = 0; i < search->formats; i++)
        if (stands_at_start(extractors[i], blob))
            found[count++] = extractors[i];
    return count;
}

typedef struct { candidate_t *items; size_t count, capacity; } candidates_t;

static bool add(candidates_t *list, candidate_t candidate)
{
    if (list->count == list->capacity) {
        size_t       capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        candidate_t *grown    = realloc(list->items, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        list->items    = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = candidate;
    return true;
}

/* Adds what matches at `position`. */
static bool match_at(const search_t *search, span_t blob, uint64_t position, uint64_t from, candidates_t *list)
{
    uint16_t pair = pair_of(blob.at + position);
    size_t   low = 0, high = search->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (search->entries[middle].pair < pair)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < search->count && search->entries[low].pair == pair; low++) {
        const entry_t *entry = &search->entries[low];
        if (position < entry->magic->at || position - entry->magic->at < from)
            continue;
        if (!span_starts_with(span_from_offset(blob, position), entry->magic->bytes))
            continue;
        if (!add(list, (candidate_t){position - entry->magic->at, entry->extractor}))
            return false;
    }
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const candidate_t *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return strcmp(x->extractor->id, y->extractor->id);
}

status_t search_range(const search_t *search, span_t blob, uint64_t from, uint64_t to, candidate_t **found, size_t *count, uint64_t *searched_to)
{
    candidates_t list     = {0};
    uint64_t     position = from;
    for (; position < to && position + 1 < blob.size && list.count < CANDIDATES_MAX; position++) {
        uint16_t pair = pair_of(blob.at + position);
        if ((search->bitmap[pair / 64] >> (pair % 64) & 1) == 0)
            continue;
        /* Erased flash and holes: no magic is made of filling alone, so only the end of a run can be the start of one. */
        size_t run = filling_run(span_from_offset(blob, position));
        if (run > 2 * MAGIC_MAX) {
            position += run - MAGIC_MAX - 1;
            continue;
        }
        if (!match_at(search, blob, position, from, &list)) {
            free(list.items);
            return status_fail(STATUS_MEMORY, "search", position, "out of memory while searching for formats");
        }
    }
    *searched_to = list.count < CANDIDATES_MAX ? to : position;
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, by_offset);
    *found = list.items;
    *count = list.count;
    return ok();
}
