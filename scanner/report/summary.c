#include "report/summary.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { MARGIN = 2, LABEL = 12, COLUMNS_MIN = 60, COLUMNS_MAX = 500, DIGEST_SHOWN = 16 };

typedef enum { PLAIN, BOLD, RED, YELLOW, GREEN, DIM } colour_t;

static const char *const colour_codes[] = {"", "\x1b[1m", "\x1b[1;31m", "\x1b[33m", "\x1b[32m", "\x1b[2m"};

/* A line is put together from cells; what does not fit into the columns left is cut. */
typedef struct {
    buffer_t *out;
    unsigned  columns, used;
    bool      colour;
} line_t;

static unsigned width_of(const char *text)
{
    unsigned width = 0;
    span_t   s     = span_from_text(text);
    uint32_t c;
    for (size_t at = 0; at < s.size; width++) {
        size_t step = utf8_next(span_from_offset(s, at), &c);
        at += step > 0 ? step : 1;
    }
    return width;
}

/* Where the code point number `index` begins. */
static const char *skip(const char *text, unsigned index)
{
    uint32_t c;
    for (; index > 0 && *text != '\0'; index--) {
        size_t step = utf8_next(span_from_text(text), &c);
        text += step > 0 ? step : 1;
    }
    return text;
}

/* A text in at most `width` columns; of a path that is longer the end is kept, which says more. */
static void put(line_t *line, colour_t colour, unsigned width, bool keep_end, const char *text)
{
    if (line->used >= line->columns)
        return;
    unsigned room = line->columns - line->used, full = width_of(text);
    if (width > room)
        width = room;
    if (line->colour && colour != PLAIN)
        buffer_append_text(line->out, colour_codes[colour]);
    if (full <= width) {
        buffer_append_text(line->out, text);
        line->used += full;
    } else if (width > 0) {
        const char *from = keep_end ? skip(text, full - (width - 1)) : text;
        const char *to   = keep_end ? text + strlen(text) : skip(text, width - 1);
        if (keep_end)
            buffer_append_text(line->out, "…");
        buffer_append(line->out, span_from(from, (size_t)(to - from)));
        if (!keep_end)
            buffer_append_text(line->out, "…");
        line->used += width;
    }
    if (line->colour && colour != PLAIN)
        buffer_append_text(line->out, "\x1b[0m");
}

static void pad_to(line_t *line, unsigned column)
{
    for (; line->used < column && line->used < line->columns; line->used++)
        buffer_append_byte(line->out, ' ');
}

/* A cell of fixed width with a space behind it. */
static void cell(line_t *line, colour_t colour, unsigned width, const char *text)
{
    unsigned end = line->used + width + 1;
    put(line, colour, width, false, text);
    pad_to(line, end);
}

static void rest(line_t *line, colour_t colour, const char *text) { put(line, colour, line->columns, false, text); }

static void end_line(line_t *line)
{
    while (line->out->size > 0 && line->out->at[line->out->size - 1] == ' ' && !line->out->failed)
        line->out->size--;
    buffer_append_byte(line->out, '\n');
    line->used = 0;
}

static void __attribute__((format(printf, 3, 4))) heading(line_t *line, const char *label, const char *format, ...)
{
    char    text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cell(line, BOLD, LABEL - 1, label);
    rest(line, PLAIN, text);
    end_line(line);
}

static void more(line_t *line, size_t count, unsigned shown)
{
    char text[64];
    if (count <= shown)
        return;
    (void)snprintf(text, sizeof text, "… and %zu more", count - shown);
    pad_to(line, MARGIN);
    rest(line, DIM, text);
    end_line(line);
}

static const char *path_of(const report_t *report, uint32_t artifact) { return artifact < report->artifact_count ? report->artifacts[artifact].path : ""; }

static void sized(char *out, size_t out_size, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit  = 0;
    double   value = (double)bytes;
    for (; value >= 1024 && unit < 4; unit++)
        value /= 1024;
    (void)snprintf(out, out_size, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* ---- sections --------------------------------------------------------------------------------------------------------- */

static void write_inputs(line_t *line, const report_t *report, unsigned rows)
{
    for (size_t i = 0; i < report->input_count && i < rows; i++) {
        char hex[SHA256_HEX], size[32], tail[128];
        hex_encode(report->inputs[i].sha256.bytes, SHA256_SIZE, hex);
        sized(size, sizeof size, report->inputs[i].size);
        (void)snprintf(tail, sizeof tail, "  %s  sha256 %.*s…", size, DIGEST_SHOWN, hex);
        cell(line, BOLD, LABEL - 1, i == 0 ? "Input" : "");
        put(line, PLAIN, line->columns - line->used - width_of(tail), true, report->inputs[i].name);
        rest(line, DIM, tail);
        end_line(line);
    }
    more(line, report->input_count, rows);
}

static void write_coverage(line_t *line, const report_t *report)
{
    const report_coverage_t *c = &report->coverage;
    char unknown[32];
    sized(unknown, sizeof unknown, c->unknown);
    heading(line, "Explained", "%" PRIu64 ".%02" PRIu64 " %%, %s unknown; %zu artifacts, %zu different contents; sandbox %s", c->parts_per_million / 10000,
            c->parts_per_million / 100 % 100, unknown, report->artifact_count, report->ledger_count, report->sandbox != NULL ? report->sandbox : "not named");
}

static void write_components(line_t *line, const report_t *report, unsigned rows)
{
    heading(line, "Components", "%zu", report->component_count);
    for (size_t i = 0; i < report->component_count && i < rows; i++) {
        const report_component_t *c = &report->components[i];
        pad_to(line, MARGIN);
        cell(line, PLAIN, 24, c->name);
        cell(line, PLAIN, 18, c->version != NULL ? c->version : "?");
        cell(line, DIM, 16, c->licence_count > 0 ? c->licences[0] : "");
        put(line, DIM, line->columns, true, c->artifact_count > 0 ? path_of(report, c->artifacts[0]) : "");
        end_line(line);
    }
    more(line, report->component_count, rows);
}

/* bytes -> marker -> maker -> group -> country -> law: the best evidence, and what it leads to, for who is bound by a law or a list. */
static void write_origin_chain(line_t *line, const report_t *report, const report_origin_t *o)
{
    if (o->evidence_count == 0 || (o->law_count == 0 && o->list_count == 0))
        return;
    const report_evidence_t *e = &o->evidence[0];
    pad_to(line, MARGIN);
    cell(line, PLAIN, 10, "");
    rest(line, DIM, e->method != NULL ? e->method : "");
    rest(line, DIM, " in ");
    put(line, DIM, 24, true, path_of(report, e->artifact));
    rest(line, DIM, " -> ");
    rest(line, DIM, o->group != NULL ? o->group : o->vendor);
    rest(line, DIM, " -> ");
    rest(line, DIM, o->jurisdiction != NULL ? o->jurisdiction : "?");
    if (o->law_count > 0) {
        rest(line, DIM, " -> ");
        rest(line, DIM, o->laws[0].title);
    }
    end_line(line);
}

static void write_origins(line_t *line, const report_t *report, unsigned rows)
{
    heading(line, "Origins", "%zu", report->origin_count);
    for (size_t i = 0; i < report->origin_count && i < rows; i++) {
        const report_origin_t *o = &report->origins[i];
        pad_to(line, MARGIN);
        cell(line, o->strength == STRENGTH_SUPPORTING ? PLAIN : BOLD, 10, strength_name(o->strength));
        cell(line, PLAIN, 2, o->jurisdiction != NULL ? o->jurisdiction : "");
        cell(line, PLAIN, 28, o->name != NULL ? o->name : o->vendor);
        for (size_t l = 0; l < o->list_count; l++) {
            rest(line, RED, o->lists[l]);
            rest(line, PLAIN, l + 1 < o->list_count ? ", " : "");
        }
        end_line(line);
        write_origin_chain(line, report, o);
    }
    more(line, report->origin_count, rows);
}

static colour_t colour_of(severity_t severity) { return severity >= SEVERITY_HIGH ? RED : severity == SEVERITY_MEDIUM ? YELLOW : PLAIN; }

static void write_findings(line_t *line, const report_t *report, unsigned rows)
{
    size_t   counts[SEVERITY_CRITICAL + 1] = {0}, damage = 0, limits = 0, said = 0;
    char     text[256] = "none";
    for (size_t i = 0; i < report->finding_count; i++) {
        counts[report->findings[i].severity]++;
        damage += report->findings[i].kind == FINDING_DAMAGE;
        limits += report->findings[i].kind == FINDING_LIMIT;
    }
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
        if (counts[s] > 0)
            said += (size_t)snprintf(text + said, sizeof text - said, "%s%zu %s", said > 0 ? ", " : "", counts[s], severity_name((severity_t)s));
    heading(line, "Findings", "%s", text);
    for (size_t i = 0; i < report->finding_count && i < rows; i++) {
        const report_finding_t *f = &report->findings[i];
        pad_to(line, MARGIN);
        cell(line, colour_of(f->severity), 8, severity_name(f->severity));
        cell(line, PLAIN, 9, finding_kind_name(f->kind));
        cell(line, PLAIN, (line->columns - line->used) * 3 / 5, f->title);
        put(line, DIM, line->columns, true, path_of(report, f->artifact));
        end_line(line);
    }
    more(line, report->finding_count, rows);
    if (damage + limits > 0)
        heading(line, "Left out", "%zu damaged, %zu limits reached: what could not be read or was not looked at", damage, limits);
}

static void write_verdict(line_t *line, const report_t *report, unsigned rows)
{
    static const colour_t    colours[] = {GREEN, YELLOW, YELLOW, RED};
    const report_verdict_t  *v         = &report->verdict;
    size_t                   reasons   = 0;
    cell(line, BOLD, LABEL - 1, "Verdict");
    rest(line, colours[v->result], verdict_name(v->result));
    rest(line, PLAIN, v->policy != NULL ? " by policy " : " (no policy)");
    rest(line, PLAIN, v->policy != NULL ? v->policy : "");
    end_line(line);
    for (size_t i = 0; i < v->trace_count; i++) {
        const verdict_step_t *step   = &v->trace[i];
        verdict_result_t      effect = VERDICT_ACCEPT;
        if (!step->matched || !verdict_from(step->effect, &effect) || effect == VERDICT_ACCEPT || reasons++ >= rows)
            continue;
        pad_to(line, MARGIN);
        cell(line, colours[effect], 12, step->effect);
        rest(line, BOLD, step->rule);
        rest(line, PLAIN, ": ");
        rest(line, PLAIN, step->reason != NULL ? step->reason : "");
        end_line(line);
        pad_to(line, MARGIN + 13);
        rest(line, DIM, step->why != NULL ? step->why : "");
        end_line(line);
    }
    more(line, reasons, rows);
}

void summary_write(const report_t *report, const summary_options_t *options, buffer_t *out)
{
    unsigned columns = options->columns < COLUMNS_MIN ? COLUMNS_MIN : options->columns > COLUMNS_MAX ? COLUMNS_MAX : options->columns;
    line_t   line    = {.out = out, .columns = columns, .colour = options->colour};
    write_inputs(&line, report, options->rows);
    write_coverage(&line, report);
    write_components(&line, report, options->rows);
    write_origins(&line, report, options->rows);
    write_findings(&line, report, options->rows);
    write_verdict(&line, report, options->rows);
}
