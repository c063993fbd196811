#include "model/ledger.h"

#include <stdlib.h>

void ledger_init(ledger_t *ledger, uint64_t size) { *ledger = (ledger_t){.size = size}; }

void ledger_free(ledger_t *ledger)
{
    free(ledger->regions);
    *ledger = (ledger_t){0};
}

static bool same_row(const region_t *a, const region_t *b)
{
    return a->kind == b->kind && a->child == b->child && a->class == b->class && a->entropy == b->entropy &&
           (a->format == b->format || (a->format != NULL && b->format != NULL && strcmp(a->format, b->format) == 0));
}

static bool append(region_t **regions, size_t *count, size_t *capacity, size_t barrier, region_t region)
{
    region_t *last = *count > barrier ? &(*regions)[*count - 1] : NULL;
    if (last != NULL && last->offset + last->length == region.offset && same_row(last, &region)) {
        last->length += region.length;
        return true;
    }
    if (*count == *capacity) {
        size_t    more = *capacity == 0 ? 64 : *capacity * 2;
        region_t *grown = realloc(*regions, more * sizeof **regions);
        if (grown == NULL)
            return false;
        *regions  = grown;
        *capacity = more;
    }
    (*regions)[(*count)++] = region;
    return true;
}

bool ledger_claim(ledger_t *ledger, region_t claim)
{
    if (claim.offset > ledger->size || claim.length > ledger->size - claim.offset)
        return false;
    if (claim.length == 0)
        return true;
    if (ledger->failed || ledger->count >= LEDGER_CLAIMS_MAX || !append(&ledger->regions, &ledger->count, &ledger->capacity, ledger->barrier, claim)) {
        ledger->failed = true;
        return false;
    }
    return true;
}

size_t ledger_mark(ledger_t *ledger) { return ledger->barrier = ledger->count; }

void ledger_rollback(ledger_t *ledger, size_t mark)
{
    if (mark < ledger->count)
        ledger->count = mark;
}

/* Claims ordered by where they begin; the heap below holds, by claim number, those that reach over the sweep's position. */
typedef struct { const region_t *claims; uint32_t *order; uint32_t *heap; size_t heap_size; } sweep_t;

static int by_offset(const void *a, const void *b, void *claims)
{
    const region_t *all = claims;
    uint32_t        x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (all[x].offset != all[y].offset)
        return all[x].offset < all[y].offset ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a            = *b;
    *b            = kept;
}

static void heap_push(sweep_t *s, uint32_t claim)
{
    size_t at   = s->heap_size++;
    s->heap[at] = claim;
    for (; at > 0 && s->heap[at] < s->heap[(at - 1) / 2]; at = (at - 1) / 2)
        swap(&s->heap[at], &s->heap[(at - 1) / 2]);
}

static void heap_pop(sweep_t *s)
{
    s->heap[0] = s->heap[--s->heap_size];
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1;
        if (left < s->heap_size && s->heap[left] < s->heap[least])
            least = left;
        if (left + 1 < s->heap_size && s->heap[left + 1] < s->heap[least])
            least = left + 1;
        if (least == at)
            return;
        swap(&s->heap[at], &s->heap[least]);
        at = least;
    }
}

/* From `at` on: who owns the next stretch, and up to where nothing changes. */
static region_t next_stretch(sweep_t *s, uint64_t at, uint64_t next_start, uint64_t size)
{
    while (s->heap_size > 0 && s->claims[s->heap[0]].offset + s->claims[s->heap[0]].length <= at)
        heap_pop(s);
    if (s->heap_size == 0)
        return (region_t){at, min_u64(next_start, size) - at, REGION_UNKNOWN, NULL, NO_CHILD, CLASS_NONE, 0};
    region_t owner = s->claims[s->heap[0]];
    uint64_t end   = min_u64(owner.offset + owner.length, next_start);
    owner.offset   = at;
    owner.length   = end - at;
    return owner;
}

status_t ledger_settle(ledger_t *ledger)
{
    size_t    n       = ledger->count;
    region_t *settled = NULL;
    size_t    count = 0, capacity = 0, next = 0;
    sweep_t   s    = {.claims = ledger->regions, .order = malloc((n + 1) * sizeof(uint32_t)), .heap = malloc((n + 1) * sizeof(uint32_t))};
    bool      good = s.order != NULL && s.heap != NULL;
    if (good) {
        for (size_t i = 0; i < n; i++)
            s.order[i] = (uint32_t)i;
        qsort_r(s.order, n, sizeof *s.order, by_offset, ledger->regions);
    }
    for (uint64_t at = 0; good && at < ledger->size;) {
        while (next < n && s.claims[s.order[next]].offset <= at)
            heap_push(&s, s.order[next++]);
        uint64_t next_start = next < n ? s.claims[s.order[next]].offset : ledger->size;
        region_t stretch    = next_stretch(&s, at, next_start, ledger->size);
        good                = append(&settled, &count, &capacity, 0, stretch);
        at += stretch.length;
    }
    free(s.order);
    free(s.heap);
    if (!good) {
        free(settled);
        return status_fail(STATUS_MEMORY, "ledger", 0, "out of memory while settling the ledger");
    }
    free(ledger->regions);
    ledger->regions  = settled;
    ledger->count    = count;
    ledger->capacity = capacity;
    ledger->barrier  = 0;
    ledger->settled  = true;
    return ok();
}

status_t ledger_take_gaps(ledger_t *ledger, ledger_t *gaps)
{
    ledger_init(gaps, ledger->size);
    status_t status = ledger_settle(ledger);
    if (!status_ok(status))
        return status;
    /* The first claim of a byte stands, and gaps are rows by now: take them out. */
    size_t kept = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        if (ledger->regions[i].kind != REGION_UNKNOWN)
            ledger->regions[kept++] = ledger->regions[i];
        else if (!ledger_claim(gaps, ledger->regions[i]))
            status = status_fail(STATUS_MEMORY, "ledger", 0, "out of memory while looking for gaps");
    }
    ledger->count   = kept;
    ledger->settled = false;
    return status;
}

bool ledger_valid(const region_t *regions, size_t count, uint64_t size, const char **why)
{
    uint64_t at = 0;
    *why        = NULL;
    for (size_t i = 0; i < count; i++) {
        if (regions[i].length == 0)
            *why = "an empty region";
        else if (regions[i].offset < at)
            *why = "regions overlap or are not sorted";
        else if (regions[i].offset > at)
            *why = "a gap between regions";
        else if (regions[i].length > size - at)
            *why = "a region reaches past the end";
        if (*why != NULL)
            return false;
        at += regions[i].length;
    }
    if (at != size)
        *why = "the regions end before the blob does";
    return at == size;
}

static const char *const kind_names[]  = {"structure", "content", "padding", "spare", "unknown"};
static const char *const class_names[] = {NULL, "compressed-or-encrypted", "code", "text", "table", "sparse"};

const char *region_kind_name(region_kind_t kind) { return kind_names[kind]; }
const char *region_class_name(region_class_t class) { return class_names[class]; }

bool region_kind_from(const char *name, region_kind_t *kind)
{
    for (unsigned i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *kind = (region_kind_t)i;
            return true;
        }
    return false;
}

bool region_class_from(const char *name, region_class_t *class)
{
    for (unsigned i = 1; i < sizeof class_names / sizeof *class_names; i++)
        if (strcmp(class_names[i], name) == 0) {
            *class = (region_class_t)i;
            return true;
        }
    return false;
}
