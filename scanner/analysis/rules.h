/* The compiled rules: our .yar files and the texts that components and markers are recognised by in one set, so that one pass
 * over the bytes serves both; and, when asked for, a pack of third parties in a second.
 *
 * Our rules carry meta id, kind, severity, confidence and description (references in `reference`, one or more); a rule that
 * ties bytes to a vendor also `vendor`, an id of the knowledge base, and `strength`. Rules of third parties may lack any. */
#ifndef ASSAY_ANALYSIS_RULES_H
#define ASSAY_ANALYSIS_RULES_H

#include "analysis/own_bytes.h"
#include "analysis/rules_compile.h"
#include "model/report.h"
#include "model/sink.h"

typedef struct {
    const char    *id, *title, *references; /* references: one a line; NULL when there are none */
    const char    *file, *identifier;       /* where it stands: relative to rules/ or the pack */
    const char    *sample, *author, *date;  /* as the meta says; NULL when it does not */
    finding_kind_t kind;
    severity_t     severity;
    uint8_t        confidence;
    const char    *vendor;                  /* NULL: the rule names none */
    strength_t     strength;
} rule_info_t;

typedef struct rules rules_t;

typedef struct {
    void *context;
    /* A rule holds; `matches` are the first places of up to RULE_MATCHES_MAX of its strings, in the rule's order (none: a condition
     * without strings). */
    void (*rule)(void *context, const rule_info_t *info, const own_range_t *matches, size_t match_count);
    /* Needle `index` stands at `offset`, and nowhere before. */
    void (*needle)(void *context, size_t index, uint64_t offset);
} rule_listener_t;

enum { RULE_MATCHES_MAX = 4, RULE_SECONDS_MAX = 60, PACK_SECONDS_MAX = 30 };

typedef struct {
    const data_files_t *own;
    const char         *own_name;              /* names of our files in messages begin with it */
    const data_files_t *pack;                  /* NULL: none */
    const needle_t     *needles;
    size_t              needle_count;
    const char *const  *compiled;              /* files that may hold our set as rules_save wrote it, tried in order; ended by NULL */
} rules_setup_t;

/* Takes our set from the first of the compiled files that fits the sources, the needles and this libyara; compiles it when none does.
 * A file of the pack that does not compile, and a rule of it that takes too long on texts made to find such rules, are left out: see rules_disabled.
 * What it returns lives in `arena` but for libyara's part. NULL and `*why` (with file and line) on failure. */
rules_t *rules_new(const rules_setup_t *setup, arena_t *arena, const char **why);
void     rules_free(rules_t *rules);

/* Was our set taken from a compiled file? */
bool rules_were_compiled(const rules_t *rules);
/* Our set for such a file. False: out of memory. */
bool rules_save(const rules_t *rules, buffer_t *out);
/* Loads what rules_save wrote and lets go of it again, to measure how long that takes. False when it is not of this set. */
bool rules_can_restore(const rules_t *rules, span_t stored);

/* How many rules of each, those that are left out not counted. */
size_t rules_own_count(const rules_t *rules);
size_t rules_pack_count(const rules_t *rules);
/* What was left out of the pack: a line "FILE: reason" each; NULL when nothing was. */
const char *rules_disabled(const rules_t *rules);
/* Rule `index` of all rules_count of them, our own first. Private rules have no id. */
size_t             rules_count(const rules_t *rules);
const rule_info_t *rules_info(const rules_t *rules, size_t index);

/* Runs all rules over the blob's own bytes. A bound that was reached is recorded in `sink`. Opens nothing, starts nothing;
 * not to be called by two threads at once. */
void rules_scan(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink);
/* The same with our own rules only. */
void rules_scan_own(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink);

/* From now on only our rule `index` is looked for (SIZE_MAX: none at all), and no needle: to measure what it costs. */
void rules_only(rules_t *rules, size_t index);

#endif
