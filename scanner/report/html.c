#include "report/html.h"

#include "report/markup.h"

#include <inttypes.h>
#include <stdio.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<style>\n"
    "body{font:15px/1.45 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:75rem;margin:1.5rem auto;padding:0 1rem}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #c9ced6}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #e4e7eb}\n"
    "td{overflow-wrap:anywhere}code{font:13px ui-monospace,monospace}.where{color:#57606a;font-size:13px}\n"
    ".accept{color:#116329}.reject,.critical,.high{color:#a40e26}.conditional,.inconclusive,.medium{color:#7d4e00}.verdict{font-size:1.2rem;font-weight:600}\n"
    "@media print{body{max-width:none;margin:0}tr{break-inside:avoid}}\n"
    "</style>\n<title>";

typedef struct { buffer_t *out; const report_t *report; } page_t;

static void raw(const page_t *p, const char *markup) { buffer_append_text(p->out, markup); }
static void text(const page_t *p, const char *words) { markup_text(p->out, words != NULL && words[0] != '\0' ? words : "–"); }

static void cell(const page_t *p, const char *words)
{
    raw(p, "<td>");
    text(p, words);
    raw(p, "</td>");
}

static void begin_table(const page_t *p, const char *id, const char *title, const char *const *columns, size_t count)
{
    buffer_printf(p->out, "<h2 id=\"%s\">%s</h2>\n<table>\n<thead><tr>", id, title);
    for (size_t i = 0; i < count; i++)
        buffer_printf(p->out, "<th scope=\"col\">%s</th>", columns[i]);
    raw(p, "</tr></thead>\n<tbody>\n");
}

static void end_table(const page_t *p, size_t rows)
{
    raw(p, "</tbody>\n</table>\n");
    if (rows == 0)
        raw(p, "<p>None.</p>\n");
    if (rows > HTML_ROWS)
        buffer_printf(p->out, "<p>%zu more are in the report itself.</p>\n", rows - HTML_ROWS);
}

#define COLUMNS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static size_t shown(size_t rows) { return rows < HTML_ROWS ? rows : HTML_ROWS; }

static void write_places(const page_t *p, const report_evidence_t *evidence, size_t count)
{
    enum { PLACES = 5 };
    for (size_t i = 0; i < count && i < PLACES; i++) {
        const report_evidence_t *e = &evidence[i];
        raw(p, "<div class=\"where\">");
        text(p, e->artifact < p->report->artifact_count ? p->report->artifacts[e->artifact].path : NULL);
        buffer_printf(p->out, " at %" PRIu64, e->offset);
        if (e->text != NULL && e->text[0] != '\0') {
            raw(p, " <code>");
            text(p, e->text);
            raw(p, "</code>");
        }
        raw(p, "</div>");
    }
    if (count > PLACES)
        buffer_printf(p->out, "<div class=\"where\">and %zu more places</div>", count - PLACES);
}

static void write_verdict(const page_t *p)
{
    const report_verdict_t *v = &p->report->verdict;
    buffer_printf(p->out, "<p class=\"verdict %s\">%s", verdict_name(v->result), verdict_name(v->result));
    raw(p, v->policy != NULL ? " by policy " : " without a policy");
    markup_text(p->out, v->policy);
    raw(p, "</p>\n");
    begin_table(p, "verdict", "Why", COLUMNS("Effect", "Rule", "Reason", "What matched"));
    size_t rows = 0;
    for (size_t i = 0; i < v->trace_count; i++) {
        const verdict_step_t *step = &v->trace[i];
        if (!step->matched || ++rows > HTML_ROWS)
            continue;
        raw(p, "<tr>");
        cell(p, step->effect);
        cell(p, step->rule);
        cell(p, step->reason);
        cell(p, step->why);
        raw(p, "</tr>\n");
    }
    end_table(p, rows);
}

static void write_inputs(const page_t *p)
{
    const report_t *report = p->report;
    begin_table(p, "inputs", "What was examined", COLUMNS("Name", "Size", "SHA-256"));
    for (size_t i = 0; i < shown(report->input_count); i++) {
        char hex[SHA256_HEX];
        hex_encode(report->inputs[i].sha256.bytes, SHA256_SIZE, hex);
        raw(p, "<tr>");
        cell(p, report->inputs[i].name);
        buffer_printf(p->out, "<td>%" PRIu64 " bytes</td><td><code>%s</code></td></tr>\n", report->inputs[i].size, hex);
    }
    end_table(p, report->input_count);
    buffer_printf(p->out, "<p>%" PRIu64 " of %" PRIu64 " bytes explained (%" PRIu64 ".%02" PRIu64 " %%); %" PRIu64 " unknown; %zu files and parts.</p>\n",
                  report->coverage.explained, report->coverage.bytes, report->coverage.parts_per_million / 10000,
                  report->coverage.parts_per_million / 100 % 100,
                  report->coverage.unknown, report->artifact_count);
}

static void write_findings(const page_t *p)
{
    const report_t *report = p->report;
    begin_table(p, "findings", "Findings", COLUMNS("Severity", "Kind", "Finding", "Confidence"));
    for (size_t i = 0; i < shown(report->finding_count); i++) {
        const report_finding_t *f = &report->findings[i];
        buffer_printf(p->out, "<tr id=\"%s\"><td class=\"%s\">%s</td><td>%s</td><td>", f->id, severity_name(f->severity), severity_name(f->severity),
                      finding_kind_name(f->kind));
        text(p, f->title);
        raw(p, " <span class=\"where\">(");
        text(p, f->rule);
        raw(p, ")</span>");
        write_places(p, f->evidence, f->evidence_count);
        buffer_printf(p->out, "</td><td>%u</td></tr>\n", f->confidence);
    }
    end_table(p, report->finding_count);
}

static void write_origins(const page_t *p)
{
    const report_t *report = p->report;
    begin_table(p, "origins", "Origins", COLUMNS("Vendor", "Group", "Jurisdiction", "Strength", "Lists"));
    for (size_t i = 0; i < shown(report->origin_count); i++) {
        const report_origin_t *o = &report->origins[i];
        raw(p, "<tr><td>");
        text(p, o->name != NULL ? o->name : o->vendor);
        write_places(p, o->evidence, o->evidence_count);
        raw(p, "</td>");
        cell(p, o->group);
        cell(p, o->jurisdiction);
        cell(p, strength_name(o->strength));
        raw(p, "<td>");
        for (size_t k = 0; k < o->list_count; k++) {
            raw(p, k > 0 ? ", " : "");
            text(p, o->lists[k]);
        }
        raw(p, "</td></tr>\n");
    }
    end_table(p, report->origin_count);
}

static void write_components(const page_t *p)
{
    const report_t *report = p->report;
    begin_table(p, "components", "Components", COLUMNS("Name", "Version", "Supplier", "Licences", "Identifier"));
    for (size_t i = 0; i < shown(report->component_count); i++) {
        const report_component_t *c = &report->components[i];
        raw(p, "<tr><td>");
        text(p, c->name);
        write_places(p, c->evidence, c->evidence_count);
        raw(p, "</td>");
        cell(p, c->version);
        cell(p, c->supplier);
        raw(p, "<td>");
        for (size_t k = 0; k < c->licence_count; k++) {
            raw(p, k > 0 ? "<br>" : "");
            text(p, c->licences[k]);
        }
        raw(p, "</td>");
        cell(p, c->purl != NULL ? c->purl : c->cpe);
        raw(p, "</tr>\n");
    }
    end_table(p, report->component_count);
}

static void write_sources(const page_t *p)
{
    const report_t *report = p->report;
    begin_table(p, "made", "How this was made", COLUMNS("What", "Entries or version", "SHA-256"));
    raw(p, "<tr><td>assay</td>");
    cell(p, report->version);
    raw(p, "<td></td></tr>\n");
    for (size_t i = 0; i < report->source_count; i++) {
        raw(p, "<tr>");
        cell(p, report->sources[i].name);
        buffer_printf(p->out, "<td>%" PRIu64 "</td><td><code>", report->sources[i].count);
        text(p, report->sources[i].digest);
        raw(p, "</code></td></tr>\n");
    }
    end_table(p, 1 + report->source_count);
    raw(p, "<p>This page is a copy for reading. What is signed is the report itself: <code>assay verify</code>.</p>\n");
}

status_t html_write(const report_t *report, buffer_t *out)
{
    page_t      page = {out, report};
    const char *name = report->input_count == 1 ? report->inputs[0].name : "delivery";
    raw(&page, head);
    text(&page, name);
    raw(&page, " – assay</title>\n</head>\n<body>\n<h1>");
    text(&page, name);
    raw(&page, "</h1>\n");
    write_verdict(&page);
    write_inputs(&page);
    write_findings(&page);
    write_origins(&page);
    write_components(&page);
    write_sources(&page);
    raw(&page, "</body>\n</html>\n");
    return out->failed ? status_fail(STATUS_MEMORY, "html", 0, "out of memory") : ok();
}
