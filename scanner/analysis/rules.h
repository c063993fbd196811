/* The compiled rules: our .yar files, a further directory of third parties, and the texts that components and markers are
 * recognised by, all in one set, so that one pass over the bytes serves all.
 *
 * Our rules carry meta id, kind, severity, confidence and description (references in `reference`, one or more); a rule that
 * ties bytes to a vendor also `vendor`, an id of the knowledge base, and `strength`. Rules of third parties may lack any. */
#ifndef ASSAY_ANALYSIS_RULES_H
#define ASSAY_ANALYSIS_RULES_H

#include "analysis/files.h"
#include "analysis/own_bytes.h"
#include "model/report.h"
#include "model/sink.h"

/* A text that is searched for along with the rules. Texts are named by their index. */
typedef struct { span_t bytes; bool ignore_case; } needle_t;

typedef struct {
    const char    *id, *title, *references; /* references: one a line; NULL when there are none */
    finding_kind_t kind;
    severity_t     severity;
    uint8_t        confidence;
    const char    *vendor;                  /* NULL: the rule names none */
    strength_t     strength;
} rule_info_t;

typedef struct rules rules_t;

typedef struct {
    void *context;
    /* A rule holds; `matches` are the first places of up to RULE_MATCHES_MAX of its strings, ascending by the rule's order (none: a condition without strings). */
    void (*rule)(void *context, const rule_info_t *info, const own_range_t *matches, size_t match_count);
    /* Needle `index` stands at `offset`, and nowhere before. */
    void (*needle)(void *context, size_t index, uint64_t offset);
} rule_listener_t;

enum { RULE_MATCHES_MAX = 4, RULE_SECONDS_MAX = 60 };

/* Compiles; `extra` may be NULL, then `extra_name` is not looked at. What it returns lives in `arena` but for libyara's part.
 * NULL and `*why` (with file and line) on failure. Names of files in messages begin with `own_name` and `extra_name`. */
rules_t *rules_new(const data_files_t *own, const char *own_name, const data_files_t *extra, const char *extra_name, const needle_t *needles,
                   size_t needle_count, arena_t *arena, const char **why);
void     rules_free(rules_t *rules);

/* How many rules of each directory. */
size_t rules_own_count(const rules_t *rules);
size_t rules_extra_count(const rules_t *rules);
/* Rule `index` of all of them, our own first. Private rules have no id. */
const rule_info_t *rules_info(const rules_t *rules, size_t index);

/* Runs all rules over the blob's own bytes. A bound that was reached is recorded in `sink`. Opens nothing, starts nothing;
 * not to be called by two threads at once. */
void rules_scan(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink);

#endif
