/* An extractor recognises one format, says where it ends, and yields its children and regions.
 *
 * Add one: a file here with a `const extractor_t NAME_extractor`, a line in registry.c, a sample builder in
 * corpus/samples/, a test in tests/extractors/. The registry gives it truncation, mutation and ledger tests for nothing. */
#ifndef ASSAY_EXTRACTORS_EXTRACTOR_H
#define ASSAY_EXTRACTORS_EXTRACTOR_H

#include "base/bytes.h"
#include "base/error.h"
#include "model/sink.h"

/* Bytes to search for: at least two. `at` is where they stand in the image, so the image begins `at` bytes before a hit. */
typedef struct { span_t bytes; uint64_t at; } magic_t;
#define MAGIC(text, offset) {{(const uint8_t *)(text), sizeof(text) - 1}, (offset)}

typedef enum { REACH_RECOGNISE, REACH_VERIFY, REACH_EXTRACT } reach_t;

typedef struct {
    const char    *id, *name, *specification; /* id: lower case, as in reports; specification: where the layout is published */
    reach_t        reach;                     /* how far it goes */
    const magic_t *magics;                    /* where the search looks */
    size_t         magic_count;               /* 0: asked for the start of every blob, never searched for elsewhere */
    bool           only_at_start;             /* magics are looked for at the start of a blob only */
    bool           asked_at_start;            /* asked for the start of every blob, also when no magic stands there: a copy further on may serve */
    /* Bits of evidence that were checked and held (32 for a four-byte magic, 32 more for a CRC that agrees); 0: not this
     * format. The image runs to the end of the blob, so it may be longer than the format. Must be cheap: no whole decode. */
    unsigned (*probe)(span_t image);
    /* Bytes it occupies, trailing padding not included; 0: cannot be told, which at any offset but the start means no. Only
     * called after a probe that held. May decode. */
    uint64_t (*extent)(span_t image);
    /* Says everything there is. STATUS_REJECTED: it was not this format after all. Damage is a record, then ok(). */
    status_t (*extract)(span_t image, sink_t *sink);
} extractor_t;

/* A candidate must reach this to be accepted: at the start of a blob, and anywhere else. */
enum { BITS_AT_START = 16, BITS_ELSEWHERE = 40 };

extern const extractor_t *const extractors[]; /* registry.c; NULL at the end */

#endif
