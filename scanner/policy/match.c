#include "policy/match.h"

#include "policy/version_range.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- one key ---------------------------------------------------------------------------------------------------------- */

static truth_t truth(bool so) { return so ? TRUTH_YES : TRUTH_NO; }
static truth_t opposite(truth_t t) { return (truth_t)(TRUTH_YES - t); }

static bool has(const names_t *names, const char *value)
{
    if (names->count == 0)
        return true;
    for (size_t i = 0; i < names->count; i++)
        if (value != NULL && strcmp(names->items[i], value) == 0)
            return true;
    return false;
}

/* Of something that every fact has, though it may not be known. */
static truth_t has_known(const names_t *names, const char *value) { return value == NULL && names->count > 0 ? TRUTH_MAYBE : truth(has(names,
                                                                                                    value)); }

static bool has_any(const names_t *names, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has(names, values[i]))
            return true;
    return names->count == 0;
}

static bool has_prefix(const names_t *prefixes, const char *value)
{
    if (prefixes->count == 0)
        return true;
    for (size_t i = 0; i < prefixes->count; i++)
        if (value != NULL && strncmp(value, prefixes->items[i], strlen(prefixes->items[i])) == 0)
            return true;
    return false;
}

/* A package URL without a version stands for all versions. */
static bool has_purl(const names_t *purls, const char *value)
{
    for (size_t i = 0; i < purls->count; i++) {
        size_t size = strlen(purls->items[i]);
        if (value != NULL && strncmp(value, purls->items[i], size) == 0 && strchr("@?#", value[size]) != NULL)
            return true;
    }
    return purls->count == 0;
}

static truth_t in_ranges(const names_t *ranges, const char *version)
{
    if (ranges->count == 0)
        return TRUTH_YES;
    if (version == NULL)
        return TRUTH_MAYBE;
    for (size_t i = 0; i < ranges->count; i++)
        if (version_in_range(version, ranges->items[i]))
            return TRUTH_YES;
    return TRUTH_NO;
}

static bool in_set(value_set_t set, unsigned value) { return set == 0 || (set >> value & 1) != 0; }

static bool kinds_of_evidence(const report_origin_t *o, uint64_t min)
{
    uint64_t kinds = 0;
    for (size_t i = 0; i < o->evidence_count && kinds < min; i++) {
        bool seen = o->evidence[i].method == NULL;
        for (size_t k = 0; k < i && !seen; k++)
            seen = o->evidence[k].method != NULL && strcmp(o->evidence[k].method, o->evidence[i].method) == 0;
        kinds += !seen;
    }
    return kinds >= min;
}

/* ---- one fact --------------------------------------------------------------------------------------------------------- */

/* The least true of the keys, and which of them that is. */
static truth_t least(const truth_t *keys, int count, int *failing)
{
    truth_t result = TRUTH_YES;
    for (int i = 0; i < count && result != TRUTH_NO; i++)
        if (keys[i] < result) {
            result   = keys[i];
            *failing = i;
        }
    return result;
}

#define LEAST(keys, failing) least((keys), sizeof(keys) / sizeof *(keys), (failing))

static const char *const origin_keys[]    = {"vendor", "group", "jurisdiction", "list", "strength", "evidence-kinds-min", "not"};
static const char *const finding_keys[]   = {"kind", "rule", "severity-min", "confidence-min", "not"};
static const char *const component_keys[] = {"name", "purl", "purl-prefix", "version-range", "licence", "not"};
static const char *const crypto_keys[]    = {"algorithm", "rsa-bits-below", "not"};

/* Each answers how true the match is of fact `index`, and with which key it fails. */
static truth_t origin_truth(const void *with, const report_t *report, size_t index, int *failing)
{
    const origin_match_t  *m = with;
    const report_origin_t *o = &report->origins[index];
    int                    ignored;
    const truth_t keys[] = {
        truth(has(&m->vendor, o->vendor)), truth(has(&m->group, o->group)), has_known(&m->jurisdiction, o->jurisdiction),
        truth(has_any(&m->list, o->lists, o->list_count)), truth(in_set(m->strength, o->strength)), truth(kinds_of_evidence(o,
                                                                                                    m->evidence_kinds_min)),
        m->except == NULL ? TRUTH_YES : opposite(origin_truth(m->except, report, index, &ignored))};
    return LEAST(keys, failing);
}

static truth_t finding_truth(const void *with, const report_t *report, size_t index, int *failing)
{
    const finding_match_t  *m = with;
    const report_finding_t *f = &report->findings[index];
    int                     ignored;
    const truth_t keys[] = {
        truth(in_set(m->kind, f->kind)), truth(has(&m->rule, f->rule)), truth(!m->has_severity || f->severity >= m->severity_min),
        truth(!m->has_confidence || f->confidence >= m->confidence_min),
        m->except == NULL ? TRUTH_YES : opposite(finding_truth(m->except, report, index, &ignored))};
    return LEAST(keys, failing);
}

static truth_t component_truth(const void *with, const report_t *report, size_t index, int *failing)
{
    const component_match_t  *m = with;
    const report_component_t *c = &report->components[index];
    int                       ignored;
    const truth_t keys[] = {
        truth(has(&m->name, c->name)), truth(has_purl(&m->purl, c->purl)), truth(has_prefix(&m->purl_prefix, c->purl)),
            in_ranges(&m->version_range, c->version),
        m->licence.count > 0 && c->licence_count == 0 ? TRUTH_MAYBE : truth(has_any(&m->licence, c->licences, c->licence_count)),
        m->except == NULL ? TRUTH_YES : opposite(component_truth(m->except, report, index, &ignored))};
    return LEAST(keys, failing);
}

static const char *fact_of(const report_artifact_t *a, const char *key)
{
    for (size_t i = 0; i < a->fact_count; i++)
        if (strcmp(a->facts[i].key, key) == 0)
            return a->facts[i].value;
    return NULL;
}

static truth_t crypto_truth(const void *with, const report_t *report, size_t index, int *failing)
{
    const crypto_match_t    *m         = with;
    const report_artifact_t *a         = &report->artifacts[index];
    const char              *algorithm = fact_of(a, "certificate.signature"), *bits = fact_of(a, "certificate.rsa-bits");
    int                      ignored;
    *failing = 0;
    if (algorithm == NULL && bits == NULL)
        return TRUTH_NO; /* no certificate */
    const truth_t keys[] = {
        has_known(&m->algorithm, algorithm), truth(m->rsa_bits_below == 0 || (bits != NULL && strtoull(bits, NULL, 10) < m->rsa_bits_below)),
        m->except == NULL ? TRUTH_YES : opposite(crypto_truth(m->except, report, index, &ignored))};
    return LEAST(keys, failing);
}

/* ---- names of facts --------------------------------------------------------------------------------------------------- */

static const char *origin_name(const report_t *report, size_t index, arena_t *arena)
{
    (void)arena;
    return report->origins[index].vendor;
}

static const char *finding_name(const report_t *report, size_t index, arena_t *arena)
{
    (void)arena;
    return report->findings[index].id;
}

static const char *component_name(const report_t *report, size_t index, arena_t *arena)
{
    const report_component_t *c = &report->components[index];
    return c->version != NULL ? arena_printf(arena, "%s %s", c->name, c->version) : c->name;
}

static const char *crypto_name(const report_t *report, size_t index, arena_t *arena)
{
    (void)arena;
    return report->artifacts[index].path;
}

static const char *origin_words(const report_t *report, size_t index, arena_t *arena)
{
    const report_origin_t *o = &report->origins[index];
    return arena_printf(arena, "origin %s (%s%s%s)", o->vendor, strength_name(o->strength), o->jurisdiction != NULL ? ", " : "",
                        o->jurisdiction != NULL ? o->jurisdiction : "");
}

static const char *finding_words(const report_t *report, size_t index, arena_t *arena)
{
    const report_finding_t *f = &report->findings[index];
    return arena_printf(arena, "finding %s %s (%s, %s, confidence %u)", f->id, f->rule, finding_kind_name(f->kind), severity_name(f->severity),
                        f->confidence);
}

static const char *component_words(const report_t *report, size_t index, arena_t *arena)
{
    return arena_printf(arena, "component %s", component_name(report, index, arena));
}

static const char *crypto_words(const report_t *report, size_t index, arena_t *arena)
{
    return arena_printf(arena, "certificate in %s", report->artifacts[index].path);
}

typedef struct {
    const char        *noun;
    const char *const *keys;
    size_t             part; /* of match_t: the pointer to what the facts are held against */
    size_t             count; /* of report_t */
    truth_t          (*holds)(const void *match, const report_t *, size_t index, int *failing);
    const char      *(*name)(const report_t *, size_t index, arena_t *);
    const char      *(*words)(const report_t *, size_t index, arena_t *);
} fact_type_t;

static const fact_type_t types[FACT_KINDS] = {
    [FACT_ORIGIN]    = {"origin", origin_keys, offsetof(match_t, origin), offsetof(report_t, origin_count), origin_truth, origin_name, origin_words},
    [FACT_FINDING]   = {"finding", finding_keys, offsetof(match_t, finding), offsetof(report_t, finding_count), finding_truth, finding_name,
                        finding_words},
    [FACT_COMPONENT] = {"component", component_keys, offsetof(match_t, component), offsetof(report_t, component_count), component_truth,
                        component_name, component_words},
    [FACT_CRYPTO]    = {"crypto", crypto_keys, offsetof(match_t, crypto), offsetof(report_t, artifact_count), crypto_truth, crypto_name,
                        crypto_words},
};

static const void *part_of(const match_t *match, fact_kind_t kind)
{
    return *(const void *const *)(const void *)((const char *)match + types[kind].part);
}

size_t fact_count(const report_t *report, fact_kind_t kind) { return *(const size_t *)(const void *)((const char *)report + types[kind].count); }

bool match_wants(const match_t *match, fact_kind_t kind) { return part_of(match, kind) != NULL; }

truth_t fact_satisfies(const match_t *match, fact_kind_t kind, const report_t *report, size_t index)
{
    int ignored;
    return types[kind].holds(part_of(match, kind), report, index, &ignored);
}

void fact_name(fact_kind_t kind, const report_t *report, size_t index, char out[FACT_NAME_MAX])
{
    const report_component_t *c;
    switch (kind) {
    case FACT_ORIGIN: (void)snprintf(out, FACT_NAME_MAX, "origin:%s", report->origins[index].vendor); break;
    case FACT_FINDING: (void)snprintf(out, FACT_NAME_MAX, "%s", report->findings[index].id); break;
    case FACT_COMPONENT:
        c = &report->components[index];
        (void)snprintf(out, FACT_NAME_MAX, "component:%s%s%s", c->name, c->version != NULL ? "@" : "", c->version != NULL ? c->version : "");
        break;
    default: (void)snprintf(out, FACT_NAME_MAX, "crypto:%s", report->artifacts[index].path); break;
    }
}

/* ---- waivers ---------------------------------------------------------------------------------------------------------- */

/* What was not examined nobody can take responsibility for. */
static bool can_be_waived(fact_kind_t kind, const report_t *report, size_t index)
{
    return kind != FACT_FINDING || (report->findings[index].kind != FINDING_LIMIT && strcmp(report->findings[index].rule, "worker-crash") != 0);
}

static bool is_waived(const match_context_t *context, fact_kind_t kind, size_t index)
{
    char name[FACT_NAME_MAX];
    bool waived = false;
    if (context->waiver_count == 0 || !can_be_waived(kind, context->report, index))
        return false;
    fact_name(kind, context->report, index, name);
    for (size_t i = 0; i < context->waiver_count; i++)
        if (strcmp(context->waivers[i]->finding, name) == 0) {
            waived = true;
            if (context->waiver_used != NULL)
                context->waiver_used[i] = true;
        }
    return waived;
}

/* ---- all facts of a kind ---------------------------------------------------------------------------------------------- */

/* What facts of one kind there are that satisfy a part. */
typedef struct { bool certain, possible, waived; } part_t;

static void merge(match_result_t *result, part_t part)
{
    bool clear      = part.certain || part.possible;
    result->waived  = (result->waived && (clear || part.waived)) || ((result->certain || result->possible) && part.waived);
    result->possible = (result->possible && clear) || (result->certain && part.possible);
    result->certain = result->certain && part.certain;
}

/* Adds to what was found so far: `why` grows by a clause, or says what is missing. */
static bool match_facts(fact_kind_t kind, const match_t *match, const match_context_t *context, arena_t *arena, match_result_t *result)
{
    const fact_type_t *type  = &types[kind];
    const report_t    *report = context->report;
    size_t             count  = fact_count(report, kind), satisfying = 0;
    int                furthest = 0; /* the key at which the best of the facts failed */
    part_t             part     = {0};
    const char        *words    = NULL;
    for (size_t i = 0; i < count; i++) {
        int     failing = 0;
        truth_t holds   = context->without != NULL && context->without[kind][i] ? TRUTH_NO : type->holds(part_of(match, kind), report, i, &failing);
        if (holds == TRUTH_NO) {
            furthest = failing > furthest ? failing : furthest;
            continue;
        }
        bool waived   = is_waived(context, kind, i);
        part.waived   = part.waived || waived;
        part.certain  = part.certain || (!waived && holds == TRUTH_YES);
        part.possible = part.possible || (!waived && holds == TRUTH_MAYBE);
        if (satisfying++ == 0)
            words = holds == TRUTH_YES ? type->words(report, i, arena)
                                       : arena_printf(arena, "%s may be so: %s is not known", type->words(report, i, arena), type->keys[failing]);
        if (result->evidence_count < MATCH_EVIDENCE_MAX)
            result->evidence[result->evidence_count++] = type->name(report, i, arena);
    }
    merge(result, part);
    if (satisfying == 0) {
        result->why = count == 0 ? arena_printf(arena, "the report names no %s", type->noun)
                                 : arena_printf(arena, "%s.%s: satisfied by none of %zu", type->noun, type->keys[furthest], count);
        return result->why != NULL;
    }
    const char *more = satisfying > 1 ? arena_printf(arena, " and %zu more", satisfying - 1) : "";
    result->why = words != NULL && more != NULL ? arena_printf(arena, "%s%s%s%s", result->why, result->why[0] != '\0' ? "; " : "", words, more)
        : NULL;
    return result->why != NULL;
}

/* ---- what is of the whole report -------------------------------------------------------------------------------------- */

static bool is_open(const match_result_t *result) { return result->certain || result->possible || result->waived; }

/* Merges an answer that no single fact gives. `said` is printed into the arena by the caller; NULL: out of memory. */
static bool match_whole(truth_t holds, const char *said, arena_t *arena, match_result_t *result)
{
    bool open = is_open(result);
    merge(result, (part_t){.certain = holds == TRUTH_YES, .possible = holds == TRUTH_MAYBE});
    if (said == NULL || (!open && result->why != NULL))
        return said != NULL;
    result->why = holds == TRUTH_NO || result->why[0] == '\0' ? said : arena_printf(arena, "%s; %s", result->why, said);
    return result->why != NULL;
}

static bool match_coverage(const match_t *match, const match_context_t *context, arena_t *arena, match_result_t *result)
{
    uint64_t explained = context->report->coverage.parts_per_million;
    bool     below     = explained < match->coverage_below;
    return match_whole(truth(below), arena_printf(arena, "%s%" PRIu64 " of a million bytes are explained", below ? "" : "coverage.below-ppm: ",
                                                  explained), arena, result);
}

static int compare_ledger(const void *digest, const void *ledger) { return memcmp(digest, &((const report_ledger_t *)ledger)->sha256,
                                                                                  sizeof(sha256_t)); }

uint64_t report_longest_unknown(const report_t *report, bool high_entropy_only)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < report->artifact_count; i++) {
        const report_artifact_t *a = &report->artifacts[i];
        if (a->parent != NO_ARTIFACT && a->type != CHILD_PAYLOAD)
            continue;
        const report_ledger_t *ledger = report->ledger_count == 0 ? NULL : bsearch(&a->sha256, report->ledgers, report->ledger_count,
                                                                                   sizeof *ledger, compare_ledger);
        for (size_t r = 0; ledger != NULL && r < ledger->count; r++)
            if (ledger->regions[r].kind == REGION_UNKNOWN && (!high_entropy_only || ledger->regions[r].class == CLASS_COMPRESSED_OR_ENCRYPTED))
                longest = max_u64(longest, ledger->regions[r].length);
    }
    return longest;
}

static bool match_run(const match_t *match, const match_context_t *context, arena_t *arena, match_result_t *result)
{
    uint64_t longest = report_longest_unknown(context->report, match->unknown_run->high_entropy);
    bool     longer  = longest > match->unknown_run->longer_than;
    return match_whole(truth(longer), arena_printf(arena, "%s%" PRIu64 " bytes in one run are unknown%s", longer ? ""
                                                   : "unknown-run.longer-than: ", longest,
                                                   match->unknown_run->high_entropy ? " and look compressed or encrypted" : ""), arena, result);
}

static bool match_said(const char *what, const char *said, value_set_t wanted, unsigned value, arena_t *arena, match_result_t *result)
{
    truth_t     holds = value == 0 ? TRUTH_MAYBE : truth(in_set(wanted, value));
    const char *why   = value == 0 ? arena_printf(arena, "the %s is not known: say it by --%s", what, what)
                                   : arena_printf(arena, "%s%s %s", holds == TRUTH_YES ? "" : "not for ", what, said);
    return match_whole(holds, why, arena, result);
}

bool match_rule(const policy_rule_t *rule, const match_context_t *context, arena_t *arena, match_result_t *result)
{
    const match_t *match = &rule->match;
    bool           good  = true;
    *result = (match_result_t){.certain = true, .why = ""};
    for (fact_kind_t kind = 0; kind < FACT_KINDS && good && is_open(result); kind++)
        if (match_wants(match, kind))
            good = match_facts(kind, match, context, arena, result);
    if (good && is_open(result) && match->has_coverage)
        good = match_coverage(match, context, arena, result);
    if (good && is_open(result) && match->unknown_run != NULL)
        good = match_run(match, context, arena, result);
    if (good && is_open(result) && match->placement != 0)
        good = match_said("placement", placement_name(context->placement), match->placement, context->placement, arena, result);
    if (good && is_open(result) && rule->scope != 0)
        good = match_said("scope", scope_name(context->scope), rule->scope, context->scope, arena, result);
    if (!is_open(result))
        result->evidence_count = 0;
    return good;
}
