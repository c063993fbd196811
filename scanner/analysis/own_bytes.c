#include "analysis/own_bytes.h"

enum { LONG_PADDING = 4096 }; /* nothing to find in it, and nothing that reaches over it */

static bool is_own(const region_t *region)
{
    if (region->kind == REGION_PADDING)
        return region->length < LONG_PADDING;
    return region->kind != REGION_CONTENT || region->child == NO_CHILD;
}

bool own_bytes_of(span_t blob, const ledger_t *ledger, arena_t *arena, own_bytes_t *own)
{
    size_t runs = 0;
    for (size_t i = 0; i < ledger->count; i++)
        runs += is_own(&ledger->regions[i]) && (i == 0 || !is_own(&ledger->regions[i - 1])) ? 1 : 0;
    own_range_t *ranges = arena_array(arena, runs, sizeof *ranges);
    if (ranges == NULL)
        return false;
    *own            = (own_bytes_t){.blob = blob, .ranges = ranges};
    own_range_t run = {0, 0};
    for (size_t i = 0; i <= ledger->count; i++) {
        const region_t *region = i < ledger->count ? &ledger->regions[i] : NULL;
        if (region != NULL && is_own(region) && span_holds(blob, region->offset, region->length)) {
            run = (own_range_t){run.length == 0 ? region->offset : run.offset, run.length + region->length};
            continue;
        }
        if (own->count < runs && (run.length >= OWN_RANGE_MIN || (run.length > 0 && run.length == blob.size)))
            ranges[own->count++] = run;
        run = (own_range_t){0, 0};
    }
    return true;
}

/* Index of the first range that ends behind `offset`. */
static size_t first_ending_behind(const own_bytes_t *own, uint64_t offset)
{
    size_t low = 0, high = own->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (own->ranges[middle].offset + own->ranges[middle].length > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const own_range_t *own_range_at(const own_bytes_t *own, uint64_t offset)
{
    size_t i = first_ending_behind(own, offset);
    return i < own->count && own->ranges[i].offset <= offset ? &own->ranges[i] : NULL;
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c; }

static const uint8_t *find_ignoring_case(span_t in, span_t text)
{
    for (size_t i = 0; text.size <= in.size && i <= in.size - text.size; i++) {
        size_t same = 0;
        while (same < text.size && lower(in.at[i + same]) == lower(text.at[same]))
            same++;
        if (same == text.size)
            return in.at + i;
    }
    return NULL;
}

uint64_t own_find(const own_bytes_t *own, uint64_t from, span_t text, bool ignore_case)
{
    for (size_t i = first_ending_behind(own, from); i < own->count; i++) {
        uint64_t       start = max_u64(from, own->ranges[i].offset);
        span_t         in    = span_sub(own->blob, start, own->ranges[i].offset + own->ranges[i].length - start);
        const uint8_t *at    = ignore_case ? find_ignoring_case(in, text) : memmem(in.at, in.size, text.at, text.size);
        if (at != NULL)
            return start + (uint64_t)(at - in.at);
    }
    return UINT64_MAX;
}
