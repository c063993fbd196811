/* Source of the second form: OpenVEX specification 0.2.0 (openvex/spec). */
#include "report/vulnerabilities.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

const char *vulnerability_severity_name(int severity) { return severity < 0 ? "unknown" : severity_name((severity_t)severity); }

static const char *or_dash(const char *text) { return text != NULL && text[0] != '\0' ? text : "-"; }

static const report_component_t *component_of(const vulnerability_list_t *l, const vulnerability_match_t *m)
{
    return &l->report->components[m->component];
}

/* ---- text ------------------------------------------------------------------------------------------------------------- */

static void put_escaped(buffer_t *out, const char *text) { escape_text(span_from_text(or_dash(text)), out); }

static void write_match(const vulnerability_list_t *l, const vulnerability_match_t *m, buffer_t *out)
{
    const report_component_t *c = component_of(l, m);
    buffer_printf(out, "%s\t%s", m->vulnerability, vulnerability_severity_name(m->severity));
    if (m->score >= 0)
        buffer_printf(out, " %d.%d", m->score / 10, m->score % 10);
    buffer_printf(out, "\t%s %s\t%s%s\t%u\n", c->name, or_dash(c->version), m->closed ? "closed" : "open", m->exploited ? ", exploited" : "",
                  m->confidence);
    for (size_t i = 0; i < m->reason_count; i++) {
        const match_reason_t *r = &m->reasons[i];
        buffer_printf(out, "  %s\t%s %s by %s\t%s\tfixed in %s", r->source, r->advisory, r->package, r->method, r->range, or_dash(r->fixed));
        buffer_printf(out, r->note != NULL ? "\t%s\n" : "\n", r->note);
    }
    if (m->exploited)
        buffer_printf(out, "  known to be exploited since %s%s\n", or_dash(m->kev_added), m->ransomware ? ", by ransomware as well" : "");
    if (m->vex_status != NULL)
        buffer_printf(out, "  %s says %s%s%s\t%s\n", m->vex_source, m->vex_status, m->vex_justification != NULL ? ": " : "",
                      m->vex_justification != NULL ? m->vex_justification : "", or_dash(m->vex_detail));
    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i].artifact < l->report->artifact_count)
            buffer_printf(out, "  seen at %s offset %" PRIu64 "\n", l->report->artifacts[c->evidence[i].artifact].path, c->evidence[i].offset);
}

status_t vulnerabilities_write_text(const vulnerability_list_t *l, buffer_t *out)
{
    const matches_t *all = l->matches;
    size_t           open = 0;
    for (size_t i = 0; i < all->count; i++) {
        write_match(l, &all->items[i], out);
        open += !all->items[i].closed;
    }
    buffer_printf(out, "%zu match%s, %zu open; %zu components asked, %zu without version, %zu without an identifier that sources know\n", all->count,
                  all->count == 1 ? "" : "es", open, all->asked, all->without_version, all->without_identifier);
    buffer_printf(out, "index sha256 %s\n", l->index_digest);
    for (size_t i = 0; i < l->source_count; i++) {
        const index_source_t *s = &l->sources[i];
        buffer_append_text(out, "  ");
        put_escaped(out, s->name);
        buffer_append_text(out, "\t");
        put_escaped(out, s->format);
        buffer_append_text(out, "\tof ");
        put_escaped(out, s->date);
        buffer_printf(out, "\t%" PRIu64 " entries", s->entries);
        if (s->damaged > 0) {
            buffer_printf(out, "\t%" PRIu64 " DAMAGED, first: ", s->damaged);
            put_escaped(out, s->damage);
        }
        buffer_append_byte(out, '\n');
    }
    return out->failed ? status_fail(STATUS_MEMORY, NULL, 0, "out of memory") : ok();
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------- */

static void member_escaped(json_writer_t *w, const char *key, const char *text)
{
    buffer_t shown = {0};
    if (text == NULL)
        return;
    escape_text(span_from_text(text), &shown);
    json_key(w, key);
    json_put_span(w, buffer_span(&shown));
    w->failed = w->failed || shown.failed;
    buffer_free(&shown);
}

static void write_reason(json_writer_t *w, const match_reason_t *r)
{
    json_begin_object(w);
    json_member_text(w, "advisory", r->advisory);
    json_member_text_if(w, "fixed", r->fixed);
    json_member_text(w, "method", r->method);
    json_member_text_if(w, "note", r->note);
    json_member_text(w, "package", r->package);
    json_member_text(w, "range", r->range);
    json_member_text(w, "source", r->source);
    json_end_object(w);
}

static void write_evidence(json_writer_t *w, const vulnerability_list_t *l, const report_component_t *c)
{
    json_key(w, "evidence");
    json_begin_array(w);
    for (size_t i = 0; i < c->evidence_count; i++) {
        const report_evidence_t *e = &c->evidence[i];
        if (e->artifact >= l->report->artifact_count)
            continue;
        json_begin_object(w);
        json_member_integer(w, "length", e->length);
        json_member_integer(w, "offset", e->offset);
        json_member_text(w, "path", l->report->artifacts[e->artifact].path);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_vex(json_writer_t *w, const vulnerability_match_t *m)
{
    json_begin_object(w);
    json_member_text_if(w, "detail", m->vex_detail);
    json_member_text_if(w, "justification", m->vex_justification);
    json_member_text_if(w, "source", m->vex_source);
    json_member_text_if(w, "statement", m->vex_statement);
    json_member_text(w, "status", m->vex_status);
    json_end_object(w);
}

static void write_json_match(json_writer_t *w, const vulnerability_list_t *l, const vulnerability_match_t *m)
{
    const report_component_t *c = component_of(l, m);
    json_begin_object(w);
    json_key(w, "component");
    json_begin_object(w);
    json_member_text_if(w, "cpe", c->cpe);
    char id[16];
    (void)snprintf(id, sizeof id, "c%u", (unsigned)m->component + 1);
    json_member_text(w, "id", id);
    json_member_text(w, "name", c->name);
    json_member_text_if(w, "purl", c->purl);
    json_member_text_if(w, "version", c->version);
    json_end_object(w);
    json_member_integer(w, "confidence", m->confidence);
    write_evidence(w, l, c);
    if (m->exploited) {
        json_key(w, "exploited");
        json_begin_object(w);
        json_member_text_if(w, "added", m->kev_added);
        json_member_text_if(w, "due", m->kev_due);
        json_member_bool(w, "ransomware", m->ransomware);
        json_end_object(w);
    }
    json_key(w, "reasons");
    json_begin_array(w);
    for (size_t i = 0; i < m->reason_count; i++)
        write_reason(w, &m->reasons[i]);
    json_end_array(w);
    if (m->score >= 0) {
        char score[24];
        (void)snprintf(score, sizeof score, "%d.%d", m->score / 10, m->score % 10);
        json_member_text(w, "score", score);
    }
    json_member_text(w, "severity", vulnerability_severity_name(m->severity));
    json_member_text(w, "state", m->closed ? "closed" : "open");
    if (m->vex_status != NULL) {
        json_key(w, "vex");
        write_vex(w, m);
    }
    json_member_text(w, "vulnerability", m->vulnerability);
    json_end_object(w);
}

static void write_source(json_writer_t *w, const index_source_t *s)
{
    json_begin_object(w);
    if (s->damaged > 0)
        member_escaped(w, "damage", s->damage);
    json_member_integer(w, "damaged", min_u64(s->damaged, JSON_INTEGER_MAX));
    member_escaped(w, "date", s->date);
    json_member_integer(w, "entries", min_u64(s->entries, JSON_INTEGER_MAX));
    member_escaped(w, "format", s->format);
    member_escaped(w, "name", s->name);
    member_escaped(w, "sha256", s->sha256);
    json_end_object(w);
}

static void write_subjects(json_writer_t *w, const report_t *report)
{
    json_begin_array(w);
    for (size_t i = 0; i < report->input_count; i++) {
        char hex[SHA256_HEX];
        hex_encode(report->inputs[i].sha256.bytes, SHA256_SIZE, hex);
        json_begin_object(w);
        json_member_text(w, "name", report->inputs[i].name);
        json_member_text(w, "sha256", hex);
        json_end_object(w);
    }
    json_end_array(w);
}

status_t vulnerabilities_write_json(const vulnerability_list_t *l, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_key(&w, "components");
    json_begin_object(&w);
    json_member_integer(&w, "asked", l->matches->asked);
    json_member_integer(&w, "withoutIdentifier", l->matches->without_identifier);
    json_member_integer(&w, "withoutVersion", l->matches->without_version);
    json_end_object(&w);
    json_member_text(&w, "format", "assay-vulnerabilities/1");
    json_key(&w, "index");
    json_begin_object(&w);
    json_member_text(&w, "sha256", l->index_digest);
    json_key(&w, "sources");
    json_begin_array(&w);
    for (size_t i = 0; i < l->source_count; i++)
        write_source(&w, &l->sources[i]);
    json_end_array(&w);
    json_end_object(&w);
    json_key(&w, "matches");
    json_begin_array(&w);
    for (size_t i = 0; i < l->matches->count; i++)
        write_json_match(&w, l, &l->matches->items[i]);
    json_end_array(&w);
    json_key(&w, "subjects");
    write_subjects(&w, l->report);
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}

/* ---- OpenVEX ---------------------------------------------------------------------------------------------------------- */

static void write_product(json_writer_t *w, const vulnerability_list_t *l, const report_component_t *c, size_t input)
{
    char hex[SHA256_HEX], id[96];
    hex_encode(l->report->inputs[input].sha256.bytes, SHA256_SIZE, hex);
    (void)snprintf(id, sizeof id, "urn:sha256:%s", hex);
    json_begin_object(w);
    json_member_text(w, "@id", id);
    json_key(w, "hashes");
    json_begin_object(w);
    json_member_text(w, "sha-256", hex);
    json_end_object(w);
    json_key(w, "subcomponents");
    json_begin_array(w);
    json_begin_object(w);
    json_member_text(w, "@id", c->purl != NULL ? c->purl : c->cpe != NULL ? c->cpe : c->name);
    if (c->purl != NULL || c->cpe != NULL) {
        json_key(w, "identifiers");
        json_begin_object(w);
        json_member_text_if(w, "cpe23", c->cpe);
        json_member_text_if(w, "purl", c->purl);
        json_end_object(w);
    }
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static void write_statement(json_writer_t *w, const vulnerability_list_t *l, const vulnerability_match_t *m)
{
    bool not_affected = m->closed && strcmp(m->vex_status, "not_affected") == 0;
    json_begin_object(w);
    if (not_affected) {
        bool has_detail = m->vex_detail != NULL && m->vex_detail[0] != '\0';
        json_member_text(w, "impact_statement", has_detail ? m->vex_detail : "as the source of the statement says");
    }
    if (not_affected)
        json_member_text_if(w, "justification", m->vex_justification);
    json_key(w, "products");
    json_begin_array(w);
    for (size_t i = 0; i < l->report->input_count; i++)
        write_product(w, l, component_of(l, m), i);
    json_end_array(w);
    json_member_text(w, "status", m->closed ? m->vex_status : "under_investigation");
    if (m->reason_count > 0) {
        buffer_t note = {0};
        buffer_printf(&note, "%s %s: %s by %s of %s", m->reasons[0].package, m->reasons[0].range, m->reasons[0].advisory, m->reasons[0].method,
                      m->reasons[0].source);
        json_key(w, "status_notes");
        json_put_span(w, buffer_span(&note));
        w->failed = w->failed || note.failed;
        buffer_free(&note);
    }
    json_key(w, "vulnerability");
    json_begin_object(w);
    json_member_text(w, "name", m->vulnerability);
    json_end_object(w);
    json_end_object(w);
}

status_t vulnerabilities_write_openvex(const vulnerability_list_t *l, buffer_t *out)
{
    buffer_t seed = {0};
    sha256_t digest;
    char     hex[SHA256_HEX], id[128];
    status_t status = vulnerabilities_write_json(l, &seed);
    if (status_ok(status))
        status = sha256_of(buffer_span(&seed), &digest);
    buffer_free(&seed);
    if (!status_ok(status))
        return status;
    hex_encode(digest.bytes, SHA256_SIZE, hex);
    (void)snprintf(id, sizeof id, "https://assay.dev/openvex/%s", hex);
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_text(&w, "@context", "https://openvex.dev/ns/v0.2.0");
    json_member_text(&w, "@id", id);
    json_member_text(&w, "author", "assay " ASSAY_VERSION);
    json_key(&w, "statements");
    json_begin_array(&w);
    for (size_t i = 0; i < l->matches->count; i++)
        write_statement(&w, l, &l->matches->items[i]);
    json_end_array(&w);
    json_member_text(&w, "timestamp", l->created != NULL ? l->created : "1970-01-01T00:00:00Z");
    json_member_text(&w, "tooling", "assay " ASSAY_VERSION);
    json_member_integer(&w, "version", 1);
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}
