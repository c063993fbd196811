#include "analysis/examine.h"

#include "analysis/entropy.h"

#include <stdlib.h>

enum {
    FORMATS_MAX = 512,
    GAP_MIN     = 32 /* bytes that nobody explains are searched from this many on */
};

typedef struct { const extractor_t *extractor; unsigned bits; } bid_t;

static int by_bits(const void *a, const void *b)
{
    const bid_t *x = a, *y = b;
    if (x->bits != y->bits)
        return x->bits > y->bits ? -1 : 1;
    return strcmp(x->extractor->id, y->extractor->id);
}

/* What the blob is from its first byte on: the best bid that proves right. */
static void extract_at_start(const search_t *search, span_t blob, sink_t *sink)
{
    const extractor_t *asked[FORMATS_MAX];
    bid_t              bids[FORMATS_MAX];
    size_t             count = 0, n = search_formats(search) <= FORMATS_MAX ? search_at_start(search, blob, asked) : 0;
    for (size_t i = 0; i < n; i++) {
        unsigned bits = asked[i]->probe(blob);
        if (bits >= BITS_AT_START)
            bids[count++] = (bid_t){asked[i], bits};
    }
    if (count > 0)
        qsort(bids, count, sizeof *bids, by_bits);
    for (size_t i = 0; i < count; i++) {
        sink_begin_format(sink, bids[i].extractor->id, 0);
        status_t status = bids[i].extractor->extract(blob, sink);
        if (status_ok(status) || status.code == STATUS_LIMIT) {
            (void)sink_accept_format(sink, bids[i].bits);
            if (i + 1 < count)
                sink_note(sink, 0, "another format bid for the same bytes with less evidence");
            return;
        }
        sink_reject_format(sink);
    }
}

/* The best of the candidates that share an offset; 0 bits when none holds. */
static bid_t best_bid(span_t blob, const candidate_t *candidates, size_t count, uint64_t *extent)
{
    bid_t best = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        span_t   image = span_from_offset(blob, candidates[i].offset);
        unsigned bits  = candidates[i].extractor->probe(image);
        if (bits < BITS_ELSEWHERE || bits <= best.bits)
            continue;
        uint64_t length = candidates[i].extractor->extent(image);
        if (length == 0 || length > image.size)
            continue;
        best    = (bid_t){candidates[i].extractor, bits};
        *extent = length;
    }
    return best;
}

/* Images that begin and end in the gap [from, to) become children of their own; what lies inside one is left to it. */
static void carve_gap(const search_t *search, span_t blob, uint64_t from, uint64_t to, sink_t *sink)
{
    candidate_t *candidates = NULL;
    size_t       count      = 0;
    uint64_t     searched_to;
    if (!status_ok(search_range(search, blob, from, to, &candidates, &count, &searched_to))) {
        sink_limit(sink, from, to - from, "memory", "out of memory while searching for formats: the rest was not searched");
        return;
    }
    uint64_t explained_to = from;
    for (size_t i = 0; i < count;) {
        size_t same = 1;
        while (i + same < count && candidates[i + same].offset == candidates[i].offset)
            same++;
        uint64_t extent = 0, offset = candidates[i].offset;
        bid_t    bid    = {NULL, 0};
        if (offset > 0 && offset >= explained_to)
            bid = best_bid(span_clip(blob, 0, to), candidates + i, same, &extent);
        if (bid.bits > 0) {
            sink_carve(sink, offset, extent, bid.extractor->id);
            explained_to = offset + extent;
        }
        i += same;
    }
    free(candidates);
    if (searched_to < to)
        sink_limit(sink, searched_to, to - searched_to, "candidates", "too many places look like the start of a format: the rest was not searched");
}

/* What no extractor explains is searched for images of any format: behind the end of the first, between partitions, in free blocks. */
static void carve(const search_t *search, span_t blob, sink_t *sink)
{
    ledger_t gaps;
    status_t status = ledger_take_gaps(sink_ledger(sink), &gaps);
    for (size_t i = 0; status_ok(status) && i < gaps.count; i++) {
        uint64_t from = gaps.regions[i].offset, to = from + gaps.regions[i].length;
        if (gaps.regions[i].length >= GAP_MIN)
            carve_gap(search, blob, from, to, sink);
    }
    if (!status_ok(status))
        sink_limit(sink, 0, blob.size, "memory", "out of memory while searching for formats: the rest was not searched");
    ledger_free(&gaps);
}

/* An unexplained run of code says for which processor. */
static void note_architecture(span_t blob, const ledger_t *ledger, sink_t *sink)
{
    for (size_t i = 0; i < ledger->count; i++) {
        const region_t *region = &ledger->regions[i];
        const char     *name   = region->kind == REGION_UNKNOWN && region->class == CLASS_CODE
                                     ? guess_architecture(span_sub(blob, region->offset, region->length)) : NULL;
        if (name != NULL) {
            sink_fact(sink, "code.architecture", name);
            return;
        }
    }
}

status_t examine_blob(const search_t *search, analyser_t *analyser, span_t blob, bool open, const limits_t *limits, sink_output_t output)
{
    sink_t *sink = sink_new(blob, limits, output);
    if (sink == NULL)
        return status_fail(STATUS_MEMORY, "examine", 0, "out of memory");
    if (open && blob.size > 0) {
        extract_at_start(search, blob, sink);
        carve(search, blob, sink);
    } else if (blob.size > 0) {
        sink_limit(sink, 0, blob.size, "depth", LIMIT_DEPTH_TEXT);
    }
    status_t status = explain_rest(sink_ledger(sink), blob);
    if (status_ok(status)) {
        note_architecture(blob, sink_ledger(sink), sink);
        if (analyser != NULL)
            analyse_blob(analyser, blob, sink_ledger(sink), sink);
        if (sink_ledger(sink)->failed)
            sink_limit(sink, 0, blob.size, "claims", "more regions than a ledger may hold: the rest counts as unknown");
        sink_finish(sink);
    }
    sink_free(sink);
    return status;
}
