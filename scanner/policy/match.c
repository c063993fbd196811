#include "policy/match.h"

#include <inttypes.h>

/* ---- one fact --------------------------------------------------------------------------------------------------------- */

/* Each answers with the index of the first key that the fact does not satisfy, or SATISFIED. */
enum { SATISFIED = -1 };

static bool has(const names_t *names, const char *value)
{
    if (names->count == 0)
        return true;
    for (size_t i = 0; i < names->count; i++)
        if (value != NULL && strcmp(names->items[i], value) == 0)
            return true;
    return false;
}

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

static bool in_set(value_set_t set, unsigned value) { return set == 0 || (set >> value & 1) != 0; }

static int first_false(const bool *keys, int count)
{
    for (int i = 0; i < count; i++)
        if (!keys[i])
            return i;
    return SATISFIED;
}

static const char *const origin_keys[]    = {"vendor", "group", "jurisdiction", "list", "strength", "not"};
static const char *const finding_keys[]   = {"kind", "rule", "severity-min", "confidence-min", "not"};
static const char *const component_keys[] = {"name", "purl-prefix", "not"};

static int origin_fails(const void *with, const report_t *report, size_t index)
{
    const origin_match_t  *m = with;
    const report_origin_t *o = &report->origins[index];
    const bool keys[] = {
        has(&m->vendor, o->vendor), has(&m->group, o->group), has(&m->jurisdiction, o->jurisdiction), has_any(&m->list, o->lists, o->list_count),
        in_set(m->strength, o->strength), m->except == NULL || origin_fails(m->except, report, index) != SATISFIED};
    return first_false(keys, sizeof keys / sizeof *keys);
}

static int finding_fails(const void *with, const report_t *report, size_t index)
{
    const finding_match_t  *m = with;
    const report_finding_t *f = &report->findings[index];
    const bool keys[] = {
        in_set(m->kind, f->kind), has(&m->rule, f->rule), !m->has_severity || f->severity >= m->severity_min,
        !m->has_confidence || f->confidence >= m->confidence_min, m->except == NULL || finding_fails(m->except, report, index) != SATISFIED};
    return first_false(keys, sizeof keys / sizeof *keys);
}

static int component_fails(const void *with, const report_t *report, size_t index)
{
    const component_match_t  *m = with;
    const report_component_t *c = &report->components[index];
    const bool keys[] = {has(&m->name, c->name), has_prefix(&m->purl_prefix, c->purl), m->except == NULL || component_fails(m->except, report, index) != SATISFIED};
    return first_false(keys, sizeof keys / sizeof *keys);
}

/* ---- all facts of a kind ---------------------------------------------------------------------------------------------- */

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

static const char *origin_words(const report_t *report, size_t index, arena_t *arena)
{
    const report_origin_t *o = &report->origins[index];
    return arena_printf(arena, "origin %s (%s%s%s)", o->vendor, strength_name(o->strength), o->jurisdiction != NULL ? ", " : "",
                        o->jurisdiction != NULL ? o->jurisdiction : "");
}

static const char *finding_words(const report_t *report, size_t index, arena_t *arena)
{
    const report_finding_t *f = &report->findings[index];
    return arena_printf(arena, "finding %s %s (%s, %s, confidence %u)", f->id, f->rule, finding_kind_name(f->kind), severity_name(f->severity), f->confidence);
}

static const char *component_words(const report_t *report, size_t index, arena_t *arena)
{
    return arena_printf(arena, "component %s", component_name(report, index, arena));
}

typedef struct {
    const char        *noun;
    const char *const *keys;
    int              (*fails)(const void *match, const report_t *, size_t index);
    const char      *(*name)(const report_t *, size_t index, arena_t *);
    const char      *(*words)(const report_t *, size_t index, arena_t *);
} fact_kind_t;

static const fact_kind_t origins    = {"origin", origin_keys, origin_fails, origin_name, origin_words};
static const fact_kind_t findings   = {"finding", finding_keys, finding_fails, finding_name, finding_words};
static const fact_kind_t components = {"component", component_keys, component_fails, component_name, component_words};

/* Adds to what was found so far: `why` grows by a clause, or says what is missing. */
static bool match_facts(const fact_kind_t *kind, const void *match, size_t count, const report_t *report, arena_t *arena, match_result_t *result)
{
    size_t      satisfying = 0;
    int         furthest   = 0; /* the key at which the best of the facts failed */
    const char *words      = NULL;
    for (size_t i = 0; i < count; i++) {
        int failing = kind->fails(match, report, i);
        if (failing > furthest)
            furthest = failing;
        if (failing != SATISFIED)
            continue;
        if (satisfying++ == 0)
            words = kind->words(report, i, arena);
        if (result->evidence_count < MATCH_EVIDENCE_MAX)
            result->evidence[result->evidence_count++] = kind->name(report, i, arena);
    }
    if (satisfying == 0) {
        result->satisfied = false;
        result->why = count == 0 ? arena_printf(arena, "the report names no %s", kind->noun)
                                 : arena_printf(arena, "%s.%s: satisfied by none of %zu", kind->noun, kind->keys[furthest], count);
        return result->why != NULL;
    }
    const char *more = satisfying > 1 ? arena_printf(arena, " and %zu more", satisfying - 1) : "";
    result->why = words != NULL && more != NULL ? arena_printf(arena, "%s%s%s%s", result->why, result->why[0] != '\0' ? "; " : "", words, more) : NULL;
    return result->why != NULL;
}

static bool match_coverage(const match_t *match, const report_t *report, arena_t *arena, match_result_t *result)
{
    uint64_t explained = report->coverage.parts_per_million;
    if (explained < match->coverage_below) {
        result->why = arena_printf(arena, "%s%s%" PRIu64 " of a million bytes are explained", result->why, result->why[0] != '\0' ? "; " : "", explained);
        return result->why != NULL;
    }
    result->satisfied = false;
    result->why       = arena_printf(arena, "coverage.below-ppm: %" PRIu64 " of a million bytes are explained", explained);
    return result->why != NULL;
}

bool match_report(const match_t *match, const report_t *report, arena_t *arena, match_result_t *result)
{
    *result   = (match_result_t){.satisfied = true, .why = ""};
    bool good = true;
    if (match->origin != NULL)
        good = match_facts(&origins, match->origin, report->origin_count, report, arena, result);
    if (good && result->satisfied && match->finding != NULL)
        good = match_facts(&findings, match->finding, report->finding_count, report, arena, result);
    if (good && result->satisfied && match->component != NULL)
        good = match_facts(&components, match->component, report->component_count, report, arena, result);
    if (good && result->satisfied && match->has_coverage)
        good = match_coverage(match, report, arena, result);
    if (!result->satisfied)
        result->evidence_count = 0;
    return good;
}
