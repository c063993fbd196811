/* libFuzzer: the format that the environment names in ASSAY_FUZZ_FORMAT, on any bytes; without it, every format that finds them
 * plausible. A broken ledger, a claim outside the image or a child from nowhere stops the run as a crash does. */
#include "extractors/extractor.h"
#include "model/sink.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct { uint64_t decoded, children, image; } heard_t;

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void hear(void *context, const record_t *record)
{
    heard_t *heard = context;
    if (record->type != RECORD_CHILD)
        return;
    uint64_t end;
    switch (record->child.source_kind) {
    case SOURCE_RANGE: demand(checked_add(record->child.source, record->child.size, &end) && end <= heard->image); break;
    case SOURCE_DECODED: demand(checked_add(record->child.source, record->child.size, &end) && end <= heard->decoded); break;
    case SOURCE_SAME: demand(record->child.source < heard->children); break;
    case SOURCE_NONE: break;
    }
    heard->children++;
}

static status_t hear_decoded(void *context, span_t bytes)
{
    heard_t *heard = context;
    heard->decoded += bytes.size;
    return ok();
}

static void examine(const extractor_t *extractor, span_t image)
{
    if (extractor->probe(image) < BITS_AT_START)
        return;
    limits_t limits    = limits_default();
    limits.ratio       = 64;
    limits.ratio_floor = 4 << 20;
    limits.children    = 10000;
    heard_t     heard  = {.image = image.size};
    sink_t     *sink   = sink_new(image, &limits, (sink_output_t){.context = &heard, .record = hear, .decoded = hear_decoded});
    const char *why    = "";
    if (sink == NULL)
        return;
    demand(extractor->extent(image) <= image.size);
    sink_begin_format(sink, extractor->id, 0);
    if (status_ok(extractor->extract(image, sink)))
        demand(sink_accept_format(sink, BITS_AT_START) <= image.size);
    else
        sink_reject_format(sink);
    ledger_t *ledger = sink_ledger(sink);
    demand(status_ok(ledger_settle(ledger)) && ledger_valid(ledger->regions, ledger->count, image.size, &why));
    sink_free(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *only = getenv("ASSAY_FUZZ_FORMAT");
    for (size_t i = 0; extractors[i] != NULL; i++)
        if (only == NULL || strcmp(extractors[i]->id, only) == 0)
            examine(extractors[i], span_from(data, size));
    return 0;
}
