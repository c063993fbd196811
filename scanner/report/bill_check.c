#include "report/bill_check.h"

#include "report/bill.h"

#include <stdio.h>

typedef struct { const report_t *report; bill_facts_t facts; } context_t;

typedef bool (*has_t)(const context_t *context, const report_component_t *c);

static bool has_supplier(const context_t *x, const report_component_t *c) { return (void)x, c->supplier != NULL; }
static bool has_name(const context_t *x, const report_component_t *c) { return (void)x, c->name[0] != '\0'; }
static bool has_version(const context_t *x, const report_component_t *c) { return (void)x, c->version != NULL; }
static bool has_identifier(const context_t *x, const report_component_t *c) { return (void)x, c->purl != NULL || c->cpe != NULL; }
static bool has_licence(const context_t *x, const report_component_t *c) { return (void)x, c->licence_count > 0; }
static bool has_file_name(const context_t *x, const report_component_t *c) { return bill_file(x->report, c) != NULL; }
static bool has_nature(const context_t *x, const report_component_t *c) { return bill_nature(x->report, &x->facts, c).known; }
/* Every component stands in the graph: contained by the root or another, with what it needs, or with a completeness that says unknown. */
static bool is_related(const context_t *x, const report_component_t *c) { return (void)c, x->report->input_count > 0; }

static bool has_time(const context_t *x, const report_component_t *c) { return (void)c, bill_time(x->report) != NULL; }
static bool has_author(const context_t *x, const report_component_t *c)
{
    return (void)c, bill_author(x->report) != NULL;
}

enum { NTIA = 1, BSI = 2 };

/* Fields of the bill itself are asked once. */
static const struct { unsigned rules; bool of_bill; const char *field, *remedy; has_t has; } fields[] = {
    {NTIA | BSI, true, "author of the bill", "scan with --run-facts", has_author},
    {NTIA | BSI, true, "time of the bill", "scan with --run-facts", has_time},
    {NTIA | BSI, false, "supplier (creator)", NULL, has_supplier},
    {NTIA | BSI, false, "name", NULL, has_name},
    {NTIA | BSI, false, "version", NULL, has_version},
    {NTIA | BSI, false, "unique identifier (purl or CPE)", NULL, has_identifier},
    {NTIA | BSI, false, "relationship", NULL, is_related},
    {BSI, false, "licence", NULL, has_licence},
    {BSI, false, "filename and hash of the file", NULL, has_file_name},
    {BSI, false, "executable, archive, structured", NULL, has_nature},
};

enum { NAMED = 5 };

static size_t write_field(const context_t *x, size_t index, buffer_t *out)
{
    const report_t *report  = x->report;
    size_t          asked   = fields[index].of_bill ? 1 : report->component_count, missing = 0;
    buffer_t        missers = {0};
    for (size_t i = 0; i < asked; i++) {
        const report_component_t *c = fields[index].of_bill ? NULL : &report->components[i];
        if (fields[index].has(x, c))
            continue;
        if (missing++ < NAMED && c != NULL)
            buffer_printf(&missers, "%s%s", missers.size > 0 ? ", " : "", c->name);
    }
    buffer_printf(out, "%s\t%s\t%zu of %zu", missing == 0 ? "ok" : "missing", fields[index].field, asked - missing, asked);
    if (missing > 0 && fields[index].remedy != NULL)
        buffer_printf(out, "\t%s", fields[index].remedy);
    if (missers.size > 0) {
        buffer_append_text(out, "\t");
        buffer_append(out, buffer_span(&missers));
    }
    if (missing > NAMED)
        buffer_printf(out, " and %zu more", missing - NAMED);
    buffer_append_byte(out, '\n');
    out->failed = out->failed || missers.failed;
    buffer_free(&missers);
    return missing;
}

bool bill_check(const report_t *report, const char *rules, buffer_t *out, size_t *missing)
{
    context_t context = {.report = report};
    unsigned  wanted  = strcmp(rules, "ntia") == 0 ? NTIA : strcmp(rules, "bsi") == 0 ? BSI : 0;
    *missing          = 0;
    if (wanted == 0)
        return false;
    if (!bill_facts(report, &context.facts)) {
        out->failed = true;
        return false;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if ((fields[i].rules & wanted) != 0)
            *missing += write_field(&context, i, out);
    return true;
}
