/* What is known before a scan, loaded once: libmagic's tables, the compiled rules, components and markers of the knowledge
 * base. The zygote loads it, every worker inherits it; nothing in it is written after that.
 * analyse_blob says what one blob is and what it holds. */
#ifndef ASSAY_ANALYSIS_ANALYSER_H
#define ASSAY_ANALYSIS_ANALYSER_H

#include "analysis/knowledge.h"
#include "analysis/rules.h"
#include "base/arena.h"
#include "model/report.h"
#include "model/sink.h"

typedef struct analyser analyser_t;

/* `data` is the directory that holds rules/ and corpus/; `pack` (may be NULL) a further directory of rules, .yar and .yara files.
 * From then on the local time of the process is UTC (see identify.h).
 * On failure NULL and `*why`, a text that names the file, allocated in `arena`. */
analyser_t *analyser_new(const char *data, const char *pack, arena_t *arena, const char **why);
/* Adds a set of samples (analysis/similar.h) to compare blobs with. False and `*why`, in `arena`, when it is wrong. */
bool        analyser_add_similar(analyser_t *analyser, const char *path, arena_t *arena, const char **why);
void        analyser_free(analyser_t *analyser);


/* The knowledge base that was loaded; lives as long as the analyser. */
const knowledge_t *analyser_knowledge(const analyser_t *analyser);

/* The rules that were loaded; lives as long as the analyser. */
rules_t *analyser_rules(analyser_t *analyser);

/* Rule sets and knowledge base with their digests (SHA-256 over names and contents in order of name), into `arena`. */
size_t analyser_sources(const analyser_t *analyser, arena_t *arena, report_source_t **sources);
/* Name and version of the libraries that analysis uses (libmagic, yara, pcre2 …), for the report. */
size_t analyser_libraries(arena_t *arena, report_fact_t **libraries);

/* Says type, components, markers and rule hits of `blob` through `sink`.
 * `ledger` is settled: bytes that belong to a child (REGION_CONTENT with a child) are not looked at, the child has its own turn. */
void analyse_blob(analyser_t *analyser, span_t blob, const ledger_t *ledger, sink_t *sink);

#endif
