/* A policy: a YAML 1.2 file that a vetting officer reads and a program obeys. docs/policy.md tells the language.
 *
 * It is declarative on purpose: each rule names what must be there and what follows; all rules are looked at, the worst
 * effect wins, so their order never matters. All scalars are text (NO is Norway). Whatever the language does not know is an
 * error with file, line and column, never ignored: a rule that silently does not apply would let things pass. */
#ifndef ASSAY_POLICY_POLICY_H
#define ASSAY_POLICY_POLICY_H

#include "analysis/knowledge.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"
#include "policy/names.h"

enum { POLICY_WHY = 512, WAIVER_DAYS_MAX = 366 };

/* A set of small enumeration values, one bit each; 0: the key was not given. */
typedef uint32_t value_set_t;

/* What the operator says of the place where the firmware will run; the value 0 is "not said". */
typedef enum { PLACEMENT_UNKNOWN, PLACEMENT_CORE, PLACEMENT_ACCESS, PLACEMENT_EDGE, PLACEMENT_MANAGEMENT } placement_t;
typedef enum { SCOPE_UNKNOWN, SCOPE_INTELLIGENCE_SYSTEM, SCOPE_CORE_NETWORK, SCOPE_EDGE, SCOPE_LAB } scope_t;

const char *placement_name(placement_t placement); /* core, access, edge, management; NULL when unknown */
const char *scope_name(scope_t scope);             /* intelligence-system, core-network, edge, lab; NULL when unknown */
bool        placement_from(const char *name, placement_t *placement);
bool        scope_from(const char *name, scope_t *scope);

/* A fact satisfies a match when it satisfies every key that is given, and not all keys of `except` (its `not:`, NULL when absent). */
typedef struct origin_match {
    names_t                    vendor, group, jurisdiction, list;
    value_set_t                strength;
    uint64_t                   evidence_kinds_min; /* 0: not given */
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
    names_t                       name, purl, purl_prefix, version_range, licence;
    const struct component_match *except;
} component_match_t;

/* Of certificates. */
typedef struct crypto_match {
    names_t                    algorithm;
    uint64_t                   rsa_bits_below; /* 0: not given */
    const struct crypto_match *except;
} crypto_match_t;

typedef struct { uint64_t longer_than; bool high_entropy; } run_match_t;

/* NULL parts were not given; at least one is. All given parts must be satisfied, each by some fact of its own. */
typedef struct {
    const origin_match_t    *origin;
    const finding_match_t   *finding;
    const component_match_t *component;
    const crypto_match_t    *crypto;
    const run_match_t       *unknown_run;
    bool                     has_coverage;
    uint64_t                 coverage_below; /* satisfied when fewer parts per million are explained */
    value_set_t              placement;
} match_t;

typedef struct {
    const char      *id;
    bool             is_transition, plan_required; /* of transitions: `effect` is not used */
    int32_t          until;                        /* the last day before which it may still be there */
    verdict_result_t effect;
    const char      *reason, *reference;           /* reference may be NULL */
    names_t          require;                      /* what has to be done before use, for people */
    value_set_t      scope;
    match_t          match;
    int              line;
} policy_rule_t;

/* A person's decision to take one fact under conditions. It never makes anything acceptable without. */
typedef struct {
    const char *id, *rule, *finding, *by, *approved_by, *why;
    sha256_t    subject;        /* of an input of the report */
    int32_t     from, expires;  /* first and last day */
    int         line;
} policy_waiver_t;

/* What acceptance must earn beside the absence of bad news. */
typedef struct {
    uint64_t min_explained_ppm, max_unknown_run, max_unknown_high_entropy;
    uint64_t max_damaged, max_limits, max_crashes; /* how many are borne; 0 unless given */
    uint64_t max_kb_age;                           /* days; UINT64_MAX unless given */
} policy_limits_t;

typedef struct {
    const char            *id, *title; /* title may be NULL */
    char                   digest[SHA256_HEX]; /* of the file's bytes */
    value_set_t            scope;
    names_t                imports;    /* ids of restriction lists that have to be there, without their "lists/" */
    verdict_result_t       best;       /* what it says when nothing is to be said: accept unless given */
    policy_limits_t        limits;
    const policy_rule_t   *rules;
    size_t                 rule_count;
    const policy_waiver_t *waivers;
    size_t                 waiver_count;
} policy_t;

/* Does what the policy says depend on the day it is asked? */
bool policy_depends_on_date(const policy_t *policy);

/* The policy in `yaml`, allocated in `arena`; NULL, and "file:line:column: what" in `why`, when it is not one. `file` is only for that message. */
const policy_t *policy_from(span_t yaml, const char *file, arena_t *arena, char why[POLICY_WHY]);

/* The same from a file, or, when `name` holds no '/' and no file of that name exists, the policy NAME.yaml that ships in `data`/corpus/policies
 * (`data` may be NULL). */
const policy_t *policy_load(const char *name, const char *data, arena_t *arena, char why[POLICY_WHY]);

/* Does the knowledge base know every vendor, group, jurisdiction and list that the policy names, but for the lists that it imports (whether they
 * are there is a question of the verdict)?
 * A rule about a name that nobody knows never applies, so whoever judges asks this first. False, and the first unknown name in `why`. */
bool policy_names_known(const policy_t *policy, const knowledge_t *knowledge, char why[POLICY_WHY]);

/* The policy as canonical JSON, all scalars as texts: the twin of the file for programs that read no YAML. Appends to `out`; false, and
 * "file:line:column: what" in `why`, when it is no policy. */
bool policy_to_json(span_t yaml, const char *file, buffer_t *out, char why[POLICY_WHY]);

/* The file that policy_load would read: `name` itself, or the one that ships, in `out` of PATH_MAX bytes. */
const char *policy_path(const char *name, const char *data, char *out);

#endif
