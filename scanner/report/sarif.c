/* Source: SARIF 2.1.0 (OASIS). Places are bytes, not lines: region.byteOffset and byteLength. security-severity is a number that GitHub and
 * GitLab read; ours stands in the middle of CVSS's band of that name. */
#include "report/sarif.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *level, *score; } severities[] = {
    [SEVERITY_INFO] = {"note", "0.0"}, [SEVERITY_LOW] = {"note", "2.0"}, [SEVERITY_MEDIUM] = {"warning", "5.5"}, [SEVERITY_HIGH] = {"error", "8.0"},
    [SEVERITY_CRITICAL] = {"error", "9.5"},
};

typedef struct {
    json_writer_t   w;
    const report_t *report;
    const report_finding_t **rules; /* one finding for each rule, ascending by rule */
    size_t          rule_count;
} sarif_t;

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

/* By rule; of one rule the worst severity first, then the order of the report. */
static int compare_rules(const void *a, const void *b)
{
    const report_finding_t *const *x = a, *const *y = b;
    int order = strcmp((*x)->rule, (*y)->rule);
    if (order == 0)
        order = (int)(*y)->severity - (int)(*x)->severity;
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static bool collect_rules(sarif_t *s)
{
    const report_t *report = s->report;
    s->rules               = arena_array(report->arena, report->finding_count + 1, sizeof *s->rules);
    if (s->rules == NULL)
        return false;
    for (size_t i = 0; i < report->finding_count; i++)
        s->rules[i] = &report->findings[i];
    qsort(s->rules, report->finding_count, sizeof *s->rules, compare_rules);
    for (size_t i = 0; i < report->finding_count; i++)
        if (s->rule_count == 0 || strcmp(s->rules[s->rule_count - 1]->rule, s->rules[i]->rule) != 0)
            s->rules[s->rule_count++] = s->rules[i];
    return true;
}

static size_t index_of_rule(const sarif_t *s, const char *rule)
{
    size_t low = 0, high = s->rule_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->rules[middle]->rule, rule) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void member_message(json_writer_t *w, const char *key, const char *text)
{
    json_key(w, key);
    json_begin_object(w);
    json_member_text(w, "text", text);
    json_end_object(w);
}

static void write_rule(json_writer_t *w, const report_finding_t *f)
{
    json_begin_object(w);
    if (f->reference_count > 0 && strncmp(f->references[0], "https://", 8) == 0)
        json_member_text(w, "helpUri", f->references[0]);
    json_member_text(w, "id", f->rule);
    json_key(w, "properties");
    json_begin_object(w);
    json_member_text(w, "security-severity", severities[f->severity].score);
    json_key(w, "tags");
    json_begin_array(w);
    json_put_text(w, "security");
    json_put_text(w, finding_kind_name(f->kind));
    json_end_array(w);
    json_end_object(w);
    member_message(w, "shortDescription", f->title);
    json_end_object(w);
}

/* ---- results ---------------------------------------------------------------------------------------------------------- */

/* Paths become relative references (RFC 3986): all but unreserved characters and '/' is percent-encoded; what assay escaped as %XX stays text. */
static void put_uri(json_writer_t *w, const char *path)
{
    buffer_t uri = {0};
    for (const char *at = path; *at != '\0'; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || strchr("-._~/", *at) != NULL;
        buffer_printf(&uri, plain ? "%c" : "%%%02X", (unsigned char)*at);
    }
    json_put_span(w, buffer_span(&uri));
    w->failed = w->failed || uri.failed;
    buffer_free(&uri);
}

static const char *path_of(const report_t *report, uint32_t artifact)
{
    return artifact < report->artifact_count ? report->artifacts[artifact].path : report->input_count > 0 ? report->inputs[0].name : "input";
}

static void write_location(json_writer_t *w, const report_t *report, uint32_t artifact, const report_evidence_t *e)
{
    json_begin_object(w);
    json_key(w, "physicalLocation");
    json_begin_object(w);
    json_key(w, "artifactLocation");
    json_begin_object(w);
    json_key(w, "uri");
    put_uri(w, path_of(report, artifact));
    json_end_object(w);
    if (e != NULL) {
        json_key(w, "region");
        json_begin_object(w);
        json_member_integer(w, "byteLength", e->length);
        json_member_integer(w, "byteOffset", e->offset);
        if (e->text != NULL)
            member_message(w, "snippet", e->text);
        json_end_object(w);
    }
    json_end_object(w);
    json_end_object(w);
}

static void write_result(sarif_t *s, const report_finding_t *f)
{
    json_writer_t *w = &s->w;
    json_begin_object(w);
    json_member_text(w, "level", severities[f->severity].level);
    json_key(w, "locations");
    json_begin_array(w);
    for (size_t i = 0; i < f->evidence_count; i++)
        write_location(w, s->report, f->evidence[i].artifact, &f->evidence[i]);
    if (f->evidence_count == 0)
        write_location(w, s->report, f->artifact, NULL);
    json_end_array(w);
    member_message(w, "message", f->title);
    json_key(w, "partialFingerprints");
    json_begin_object(w);
    json_member_text(w, "assayFinding/v1", f->id);
    json_end_object(w);
    json_key(w, "properties");
    json_begin_object(w);
    json_member_text(w, "kind", finding_kind_name(f->kind));
    json_key(w, "references");
    json_begin_array(w);
    for (size_t i = 0; i < f->reference_count; i++)
        json_put_text(w, f->references[i]);
    json_end_array(w);
    json_member_text(w, "severity", severity_name(f->severity));
    json_end_object(w);
    json_member_integer(w, "rank", f->confidence);
    json_member_text(w, "ruleId", f->rule);
    json_member_integer(w, "ruleIndex", index_of_rule(s, f->rule));
    json_end_object(w);
}

/* ---- the log ---------------------------------------------------------------------------------------------------------- */

static void write_inputs(json_writer_t *w, const report_t *report)
{
    json_key(w, "artifacts");
    json_begin_array(w);
    for (size_t i = 0; i < report->input_count; i++) {
        char hex[SHA256_HEX], number[32];
        hex_encode(report->inputs[i].sha256.bytes, SHA256_SIZE, hex);
        (void)snprintf(number, sizeof number, "input %zu", i + 1); /* no two may be alike there, and one file can be given twice */
        json_begin_object(w);
        member_message(w, "description", number);
        json_key(w, "hashes");
        json_begin_object(w);
        json_member_text(w, "sha-256", hex);
        json_end_object(w);
        json_member_integer(w, "length", report->inputs[i].size);
        json_key(w, "location");
        json_begin_object(w);
        json_key(w, "uri");
        put_uri(w, report->inputs[i].name);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_run(sarif_t *s)
{
    json_writer_t *w = &s->w;
    json_begin_object(w);
    write_inputs(w, s->report);
    json_key(w, "properties");
    json_begin_object(w);
    json_member_text(w, "verdict", verdict_name(s->report->verdict.result));
    json_end_object(w);
    json_key(w, "results");
    json_begin_array(w);
    for (size_t i = 0; i < s->report->finding_count; i++)
        write_result(s, &s->report->findings[i]);
    json_end_array(w);
    json_key(w, "tool");
    json_begin_object(w);
    json_key(w, "driver");
    json_begin_object(w);
    json_member_text(w, "name", "assay");
    json_key(w, "rules");
    json_begin_array(w);
    for (size_t i = 0; i < s->rule_count; i++)
        write_rule(w, s->rules[i]);
    json_end_array(w);
    json_member_text_if(w, "version", s->report->version);
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

status_t sarif_write(const report_t *report, buffer_t *out)
{
    sarif_t s = {.report = report};
    if (!collect_rules(&s))
        return status_fail(STATUS_MEMORY, "sarif", 0, "out of memory");
    s.w = (json_writer_t){.out = *out};
    json_begin_object(&s.w);
    json_member_text(&s.w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_key(&s.w, "runs");
    json_begin_array(&s.w);
    write_run(&s);
    json_end_array(&s.w);
    json_member_text(&s.w, "version", "2.1.0");
    json_end_object(&s.w);
    *out = s.w.out;
    return json_finish(&s.w);
}
