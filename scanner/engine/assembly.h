/* A report in the making, shared by the files that assemble it. */
#ifndef ASSAY_ENGINE_ASSEMBLY_H
#define ASSAY_ENGINE_ASSEMBLY_H

#include "analysis/knowledge.h"
#include "base/texts.h"
#include "engine/collector.h"

enum { EVIDENCE_MAX = 16 }; /* pieces of evidence kept for one claim */

typedef struct {
    const collector_t *collector;
    const knowledge_t *knowledge;
    const limits_t    *limits;
    report_t          *report;
    arena_t           *arena;
    texts_t            texts;     /* of the report, but for paths: most of them repeat */
    size_t             artifact_capacity;
    uint32_t          *first;     /* by blob: index of its first artifact; NO_ARTIFACT */
    uint32_t          *children;  /* by blob: index of the first artifact's first child; NO_ARTIFACT when not expanded */
    uint64_t          *explained; /* by blob: bytes explained + 1; 0: not computed */
    size_t             repeated;  /* artifacts that repeat the inside of a container already shown */
    bool               cut;
    bool               failed;
} assembly_t;

/* One thing that some blob's record claims; claims of the same key become one row of the report. */
typedef struct { const char *key; uint32_t blob; const record_t *record; strength_t strength; /* of markers */ } claim_t;
typedef struct { claim_t *claims; size_t count, capacity; } claims_t;

/* For every blob, where it appears: artifacts sorted by blob, found by the digest. */
typedef struct { sha256_t sha256; uint32_t artifact; } appearance_t;

typedef struct { appearance_t *rows; size_t count; } appearances_t;

/* All claims of the given type in shown blobs, sorted by key, then by where they were first met. False when out of memory. */
bool   gather(assembly_t *a, claims_t *list, bool (*wanted)(const record_t *), char *(*key)(assembly_t *, uint32_t, const record_t *));
size_t same_key(const claims_t *list, size_t from);

/* Copies for the report, escaped; on failure NULL, and `a->failed`. */
const char *keep_escaped(assembly_t *a, span_t text, bool path);
const char *keep_text(assembly_t *a, const char *text);

/* A package URL keeps its percent signs, which are its own encoding. */
const char *keep_purl(assembly_t *a, const char *purl);

report_evidence_t evidence_row(assembly_t *a, const claim_t *claim);
/* The artifacts of all blobs of these claims, ascending, each once. */
uint32_t *artifacts_of(assembly_t *a, const appearances_t *list, const claim_t *claims, size_t count, size_t *kept);
/* Where the rows of this blob begin in the list. */
size_t appearances_from(const appearances_t *list, const sha256_t *sha256);

/* Fills the components of the report: claims of one component in one artifact or package become one, with its relations. False when out of memory. */
bool merge_components(assembly_t *a, const appearances_t *where);

#endif
