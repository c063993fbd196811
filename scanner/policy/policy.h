/* A policy: a YAML 1.2 file that a vetting officer reads and a program obeys. docs/policy.md tells the language.
 *
 * It is declarative on purpose: each rule names what must be there and what follows; all rules are looked at, the worst
 * effect wins, so their order never matters. All scalars are text (NO is Norway). Whatever the language does not know is an
 * error with file, line and column, never ignored: a rule that silently does not apply would let things pass. */
#ifndef ASSAY_POLICY_POLICY_H
#define ASSAY_POLICY_POLICY_H

#include "analysis/knowledge.h"
#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

enum { POLICY_BYTES_MAX = 1 << 20, POLICY_WHY = 512, POLICY_ITEMS_MAX = 10000 };

typedef struct { const char **items; size_t count; } names_t; /* empty: the key was not given, anything goes */

/* A set of small enumeration values, one bit each; 0: the key was not given. */
typedef uint32_t value_set_t;

/* A fact satisfies a match when it satisfies every key that is given, and not all keys of `except` (its `not:`, NULL when absent). */
typedef struct origin_match {
    names_t                    vendor, group, jurisdiction, list;
    value_set_t                strength;
    const struct origin_match *except;
} origin_match_t;

typedef struct finding_match {
    names_t                     rule;
    value_set_t                 kind;
    bool                        has_severity, has_confidence;
    severity_t                  severity_min;
    uint8_t                     confidence_min;
    const struct finding_match *except;
} finding_match_t;

typedef struct component_match {
    names_t                       name, purl_prefix;
    const struct component_match *except;
} component_match_t;

/* NULL parts were not given; at least one is. All given parts must be satisfied, each by some fact of its own. */
typedef struct {
    const origin_match_t    *origin;
    const finding_match_t   *finding;
    const component_match_t *component;
    bool                     has_coverage;
    uint64_t                 coverage_below; /* satisfied when fewer parts per million are explained */
} match_t;

typedef struct {
    const char      *id;
    verdict_result_t effect;
    const char      *reason, *reference; /* reference may be NULL */
    match_t          match;
    int              line;
} policy_rule_t;

/* What acceptance must earn beside the absence of bad news. */
typedef struct { uint64_t min_explained_ppm, max_unknown_run, max_unknown_high_entropy; } policy_limits_t;

typedef struct {
    const char          *id, *title; /* title may be NULL */
    char                 digest[SHA256_HEX]; /* of the file's bytes */
    policy_limits_t      limits;
    const policy_rule_t *rules;
    size_t               rule_count;
} policy_t;

/* The policy in `yaml`, allocated in `arena`; NULL, and "file:line:column: what" in `why`, when it is not one. `file` is only for that message. */
const policy_t *policy_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY]);

/* The same from a file, or, when `name` holds no '/' and no file of that name exists, the policy NAME.yaml that ships in `data`/corpus/policies
 * (`data` may be NULL). */
const policy_t *policy_load(const char *name, const char *data, arena_t *arena, char why[POLICY_WHY]);

/* Does the knowledge base know every vendor, group, jurisdiction and list that the policy names? A rule about a name that nobody knows
 * never applies, so whoever judges asks this first. False, and the first unknown name in `why`. */
bool policy_names_known(const policy_t *policy, const knowledge_t *knowledge, char why[POLICY_WHY]);

#endif
