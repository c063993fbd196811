#include "base/json.h"
#include "report/diff.h"
#include "report/markup.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const section_names[DIFF_SECTIONS] = {"components", "files", "origins", "findings", "certificates", "regions"};
static const char *const change_names[]               = {"added", "removed", "changed", "moved"};

const char *diff_section_name(diff_section_t section) { return section_names[section]; }
const char *diff_change_name(diff_change_t change) { return change_names[change]; }

/* ---- text ------------------------------------------------------------------------------------------------------------- */

static const char *or_nothing(const char *text) { return text != NULL ? text : ""; }

static void put_head(const diff_t *d, buffer_t *out)
{
    buffer_printf(out, "old  %s  %s  %" PRIu64 " of a million bytes explained\nnew  %s  %s  %" PRIu64 " of a million bytes explained\n",
                  d->old->inputs[0].name,
                  verdict_name(d->old->verdict.result), d->old->coverage.parts_per_million, d->new->inputs[0].name,
                      verdict_name(d->new->verdict.result),
                  d->new->coverage.parts_per_million);
}

void diff_text(const diff_t *d, buffer_t *out)
{
    static const char signs[] = {'+', '-', '~', '>'};
    put_head(d, out);
    for (size_t s = 0; s < DIFF_SECTIONS; s++) {
        buffer_printf(out, "\n%s: %zu\n", section_names[s], d->sections[s].count);
        for (size_t i = 0; i < d->sections[s].count; i++) {
            const diff_row_t *row = &d->sections[s].rows[i];
            buffer_printf(out, "%c %s", signs[row->change], row->subject);
            if (row->before != NULL || row->after != NULL)
                buffer_printf(out, "  %s%s%s", or_nothing(row->before), row->before != NULL && row->after != NULL ? " → " : "",
                              or_nothing(row->after));
            buffer_printf(out, "%s%s\n", row->note != NULL ? "  " : "", or_nothing(row->note));
        }
    }
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------- */

static void write_side(json_writer_t *w, const char *key, const report_t *report)
{
    char hex[SHA256_HEX];
    json_key(w, key);
    json_begin_object(w);
    json_member_integer(w, "explainedPartsPerMillion", report->coverage.parts_per_million);
    json_member_text(w, "name", report->inputs[0].name);
    hex_encode(report->inputs[0].sha256.bytes, SHA256_SIZE, hex);
    json_member_text(w, "sha256", hex);
    json_member_text(w, "verdict", verdict_name(report->verdict.result));
    json_end_object(w);
}

static void write_section(json_writer_t *w, const diff_t *d, diff_section_t section)
{
    json_key(w, section_names[section]);
    json_begin_array(w);
    for (size_t i = 0; i < d->sections[section].count; i++) {
        const diff_row_t *row = &d->sections[section].rows[i];
        json_begin_object(w);
        json_member_text_if(w, "after", row->after);
        json_member_text_if(w, "before", row->before);
        json_member_text(w, "change", change_names[row->change]);
        json_member_text_if(w, "note", row->note);
        json_member_text(w, "subject", row->subject);
        json_end_object(w);
    }
    json_end_array(w);
}

status_t diff_json(const diff_t *d, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    write_section(&w, d, DIFF_CERTIFICATES);
    write_section(&w, d, DIFF_COMPONENTS);
    json_member_integer(&w, "coverageLoss", d->coverage_loss);
    write_section(&w, d, DIFF_FILES);
    write_section(&w, d, DIFF_FINDINGS);
    write_side(&w, "new", d->new);
    json_member_integer(&w, "newFindings", d->new_findings);
    json_member_integer(&w, "newVendors", d->new_vendors);
    json_member_integer(&w, "notSpokenFor", d->not_spoken_for > JSON_INTEGER_MAX ? JSON_INTEGER_MAX : d->not_spoken_for);
    write_side(&w, "old", d->old);
    write_section(&w, d, DIFF_ORIGINS);
    write_section(&w, d, DIFF_REGIONS);
    json_member_bool(&w, "verdictWorse", d->verdict_worse);
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}

/* ---- HTML ------------------------------------------------------------------------------------------------------------- */

static void put_cell(const char *text, buffer_t *out)
{
    buffer_append_text(out, "<td>");
    markup_text(out, text);
    buffer_append_text(out, "</td>");
}

static void put_side(const char *what, const report_t *report, buffer_t *out)
{
    char hex[SHA256_HEX];
    hex_encode(report->inputs[0].sha256.bytes, SHA256_SIZE, hex);
    buffer_printf(out, "<tr><th>%s</th>", what);
    put_cell(report->inputs[0].name, out);
    put_cell(hex, out);
    put_cell(verdict_name(report->verdict.result), out);
    buffer_printf(out, "<td>%" PRIu64 " of a million bytes explained</td></tr>\n", report->coverage.parts_per_million);
}

void diff_html(const diff_t *d, buffer_t *out)
{
    buffer_append_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>assay diff</title>\n"
                            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                            "<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:1.5em}"
                            "td,th{border:1px solid #bbb;padding:.2em .5em;"
                            "text-align:left;vertical-align:top;word-break:break-word}.added{background:#e6f4e6}"
                            ".removed{background:#f8e4e4}.changed{background:#fdf6dd}</style>"
                            "</head><body>\n<h1>What changed</h1>\n<table>\n");
    put_side("old", d->old, out);
    put_side("new", d->new, out);
    buffer_append_text(out, "</table>\n");
    for (size_t s = 0; s < DIFF_SECTIONS; s++) {
        buffer_printf(out, "<h2>%s: %zu</h2>\n", section_names[s], d->sections[s].count);
        if (d->sections[s].count == 0)
            continue;
        buffer_append_text(out, "<table>\n<tr><th>change</th><th>what</th><th>before</th><th>after</th><th>note</th></tr>\n");
        for (size_t i = 0; i < d->sections[s].count; i++) {
            const diff_row_t *row = &d->sections[s].rows[i];
            buffer_printf(out, "<tr class=\"%s\">", change_names[row->change]);
            put_cell(change_names[row->change], out);
            put_cell(row->subject, out);
            put_cell(row->before, out);
            put_cell(row->after, out);
            put_cell(row->note, out);
            buffer_append_text(out, "</tr>\n");
        }
        buffer_append_text(out, "</table>\n");
    }
    buffer_append_text(out, "</body></html>\n");
}
