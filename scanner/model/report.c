#include "model/report.h"

#include <stdlib.h>

static const char *const child_types[]   = {"file", "directory", "symlink", "char-device", "block-device", "fifo", "socket", "payload"};
static const char *const strengths[]     = {"supporting", "strong", "definitive"};
static const char *const severities[]    = {"info", "low", "medium", "high", "critical"};
static const char *const finding_kinds[] = {"backdoor", "intercept", "secret", "vendor", "crypto", "account", "service", "anomaly", "damage", "limit"};
static const char *const scopes[]        = {"observed", "installed", "declared"};
static const char *const relations[]     = {"contains", "depends-on", "generated-from", "linked-statically"};
static const char *const verdicts[]      = {"accept", "conditional", "inconclusive", "reject"};

#define COUNT(names) (sizeof(names) / sizeof *(names))

report_t *report_new(void)
{
    arena_t  *arena  = arena_new(SIZE_MAX);
    report_t *report = arena != NULL ? arena_alloc(arena, sizeof *report) : NULL;
    if (report == NULL) {
        arena_free(arena);
        return NULL;
    }
    report->arena          = arena;
    report->verdict.result = VERDICT_INCONCLUSIVE;
    return report;
}

void report_free(report_t *report)
{
    if (report != NULL)
        arena_free(report->arena);
}

const char *child_type_name(child_type_t type) { return child_types[type]; }
const char *strength_name(strength_t strength) { return strengths[strength]; }
const char *severity_name(severity_t severity) { return severities[severity]; }
const char *finding_kind_name(finding_kind_t kind) { return finding_kinds[kind]; }
const char *component_scope_name(component_scope_t scope) { return scopes[scope]; }
const char *relation_name(relation_kind_t kind) { return relations[kind]; }
const char *verdict_name(verdict_result_t result) { return verdicts[result]; }

static bool index_of(const char *const *names, size_t count, const char *name, unsigned *value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) {
            *value = (unsigned)i;
            return true;
        }
    return false;
}

#define FROM(function, type, names)                                \
    bool function(const char *name, type *value)                   \
    {                                                              \
        unsigned index;                                            \
        if (!index_of(names, COUNT(names), name, &index))          \
            return false;                                          \
        *value = (type)index;                                      \
        return true;                                               \
    }

FROM(child_type_from, child_type_t, child_types)
FROM(strength_from, strength_t, strengths)
FROM(severity_from, severity_t, severities)
FROM(finding_kind_from, finding_kind_t, finding_kinds)
FROM(component_scope_from, component_scope_t, scopes)
FROM(relation_from, relation_kind_t, relations)
FROM(verdict_from, verdict_result_t, verdicts)
