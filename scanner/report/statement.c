/* Source: in-toto/attestation, spec/v1/statement.md. The shape of the predicate is told in docs/report.md and held by
 * docs/report.schema.json. Members are written in ascending order, which the JSON writer checks. */
#include "report/statement.h"

#include "base/json.h"

#include <stdio.h>

#define MEMBER_ARRAY(w, key, count, write_item)    \
    do {                                           \
        json_key(w, key);                          \
        json_begin_array(w);                             \
        for (size_t i = 0; i < (count); i++)       \
            write_item;                            \
        json_end_array(w);                         \
    } while (0)

static void write_artifact_id(json_writer_t *w, uint32_t index)
{
    char id[16];
    (void)snprintf(id, sizeof id, "a%u", (unsigned)index + 1);
    json_put_text(w, id);
}

static void member_artifact_if(json_writer_t *w, const char *key, uint32_t index)
{
    if (index == NO_ARTIFACT)
        return;
    json_key(w, key);
    write_artifact_id(w, index);
}

static void member_sha256(json_writer_t *w, const char *key, const sha256_t *digest)
{
    char hex[SHA256_HEX];
    hex_encode(digest->bytes, SHA256_SIZE, hex);
    json_member_text(w, key, hex);
}

static void member_sha512(json_writer_t *w, const char *key, const sha512_t *digest)
{
    char hex[SHA512_HEX];
    hex_encode(digest->bytes, SHA512_SIZE, hex);
    json_member_text(w, key, hex);
}

static void member_texts(json_writer_t *w, const char *key, const char *const *texts, size_t count)
{
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        json_put_text(w, texts[i]);
    json_end_array(w);
}

static void member_artifacts(json_writer_t *w, const char *key, const uint32_t *artifacts, size_t count)
{
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_artifact_id(w, artifacts[i]);
    json_end_array(w);
}

static void write_evidence(json_writer_t *w, const report_evidence_t *e, bool is_marker)
{
    json_begin_object(w);
    member_artifact_if(w, "artifact", e->artifact);
    json_member_integer(w, "confidence", e->confidence);
    json_member_integer(w, "length", e->length);
    json_member_text_if(w, is_marker ? "marker" : "method", e->method);
    json_member_integer(w, "offset", e->offset);
    if (is_marker)
        json_member_text(w, "strength", strength_name(e->strength));
    json_member_text_if(w, "subpath", e->subpath);
    json_member_text_if(w, "text", e->text);
    json_member_text_if(w, "version", e->version);
    json_end_object(w);
}

static void member_evidence(json_writer_t *w, const report_evidence_t *evidence, size_t count, bool is_marker)
{
    json_key(w, "evidence");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_evidence(w, &evidence[i], is_marker);
    json_end_array(w);
}

static void write_named(json_writer_t *w, const report_fact_t *fact, const char *value)
{
    json_begin_object(w);
    json_member_text(w, "name", fact->key);
    json_member_text(w, value, fact->value);
    json_end_object(w);
}

/* A time that does not fit into what every JSON reader can hold (it comes from the image) is written as text. */
static void member_time(json_writer_t *w, int64_t seconds)
{
    json_key(w, "mtime");
    if (seconds <= (int64_t)JSON_INTEGER_MAX && seconds >= -(int64_t)JSON_INTEGER_MAX) {
        json_put_signed(w, seconds);
        return;
    }
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)seconds);
    json_put_text(w, text);
}

static void write_artifact(json_writer_t *w, const report_artifact_t *a, uint32_t index)
{
    json_begin_object(w);
    if (a->has_at) {
        json_key(w, "at");
        json_begin_object(w);
        json_member_integer(w, "length", a->at_length);
        json_member_integer(w, "offset", a->at_offset);
        json_end_object(w);
    }
    if (a->damaged)
        json_member_bool(w, "damaged", true);
    if (a->type == CHILD_CHAR_DEVICE || a->type == CHILD_BLOCK_DEVICE) {
        json_key(w, "device");
        json_begin_object(w);
        json_member_integer(w, "major", a->device_major);
        json_member_integer(w, "minor", a->device_minor);
        json_end_object(w);
    }
    if (a->fact_count > 0) {
        json_key(w, "facts");
        json_begin_object(w);
        for (size_t i = 0; i < a->fact_count; i++)
            json_member_text(w, a->facts[i].key, a->facts[i].value);
        json_end_object(w);
    }
    json_member_text_if(w, "format", a->format);
    if (a->has_owner)
        json_member_integer(w, "gid", a->gid);
    json_key(w, "id");
    write_artifact_id(w, index);
    if (a->link != NULL)
        json_member_text(w, "link", a->link);
    if (a->mime != NULL || a->description != NULL) {
        json_key(w, "magic");
        json_begin_object(w);
        json_member_text_if(w, "description", a->description);
        json_member_text_if(w, "mime", a->mime);
        json_end_object(w);
    }
    if (a->has_mode)
        json_member_integer(w, "mode", a->mode);
    if (a->has_mtime)
        member_time(w, a->mtime);
    member_artifact_if(w, "parent", a->parent);
    json_member_text(w, "path", a->path);
    json_member_text_if(w, "rawPath", a->raw_path);
    member_sha256(w, "sha256", &a->sha256);
    json_member_integer(w, "size", a->size);
    json_member_text(w, "type", child_type_name(a->type));
    if (a->has_owner)
        json_member_integer(w, "uid", a->uid);
    if (a->xattr_count > 0) {
        json_key(w, "xattrs");
        json_begin_array(w);
        for (size_t i = 0; i < a->xattr_count; i++)
            write_named(w, &a->xattrs[i], "value");
        json_end_array(w);
    }
    json_end_object(w);
}

static void write_component_id(json_writer_t *w, uint32_t index)
{
    char id[16];
    (void)snprintf(id, sizeof id, "c%u", (unsigned)index + 1);
    json_put_text(w, id);
}

static void write_conflict(json_writer_t *w, const report_conflict_t *c)
{
    json_begin_object(w);
    json_member_integer(w, "confidence", c->confidence);
    json_member_text(w, "version", c->version);
    json_member_text(w, "why", c->why);
    json_end_object(w);
}

static void write_relation(json_writer_t *w, const report_relation_t *r)
{
    json_begin_object(w);
    if (r->component != NO_COMPONENT) {
        json_key(w, "component");
        write_component_id(w, r->component);
    }
    json_member_text_if(w, "constraint", r->constraint);
    json_member_text(w, "kind", relation_name(r->kind));
    json_member_text_if(w, "reference", r->reference);
    json_end_object(w);
}

static void write_component(json_writer_t *w, const report_component_t *c, uint32_t index)
{
    json_begin_object(w);
    member_artifacts(w, "artifacts", c->artifacts, c->artifact_count);
    if (c->conflict_count > 0)
        MEMBER_ARRAY(w, "conflicts", c->conflict_count, write_conflict(w, &c->conflicts[i]));
    json_member_text_if(w, "cpe", c->cpe);
    member_evidence(w, c->evidence, c->evidence_count, false);
    if (c->file_count > 0)
        member_artifacts(w, "files", c->files, c->file_count);
    json_key(w, "id");
    write_component_id(w, index);
    member_texts(w, "licences", c->licences, c->licence_count);
    json_member_text(w, "name", c->name);
    json_member_text_if(w, "purl", c->purl);
    if (c->relation_count > 0)
        MEMBER_ARRAY(w, "relations", c->relation_count, write_relation(w, &c->relations[i]));
    json_member_text(w, "scope", component_scope_name(c->scope));
    json_member_text_if(w, "supplier", c->supplier);
    json_member_text_if(w, "upstreamVersion", c->upstream_version);
    json_member_text_if(w, "version", c->version);
    json_end_object(w);
}

static void write_coverage(json_writer_t *w, const report_coverage_t *c)
{
    json_begin_object(w);
    json_member_integer(w, "bytes", c->bytes);
    json_member_integer(w, "explained", c->explained);
    json_member_integer(w, "partsPerMillion", c->parts_per_million);
    json_member_integer(w, "unknown", c->unknown);
    json_end_object(w);
}

static void write_finding(json_writer_t *w, const report_finding_t *f)
{
    json_begin_object(w);
    member_artifact_if(w, "artifact", f->artifact);
    json_member_integer(w, "confidence", f->confidence);
    member_evidence(w, f->evidence, f->evidence_count, false);
    json_member_text(w, "id", f->id);
    json_member_text(w, "kind", finding_kind_name(f->kind));
    member_texts(w, "references", f->references, f->reference_count);
    json_member_text(w, "rule", f->rule);
    json_member_text(w, "severity", severity_name(f->severity));
    json_member_text(w, "title", f->title);
    json_end_object(w);
}

/* What could not be read, and what was not looked at, each at one glance. */
static void member_findings_of(json_writer_t *w, const char *key, const report_t *report, finding_kind_t kind)
{
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].kind == kind)
            json_put_text(w, report->findings[i].id);
    json_end_array(w);
}

static void write_input(json_writer_t *w, const report_input_t *input)
{
    json_begin_object(w);
    json_member_text(w, "name", input->name);
    member_sha256(w, "sha256", &input->sha256);
    member_sha512(w, "sha512", &input->sha512);
    json_member_integer(w, "size", input->size);
    json_end_object(w);
}

static void write_region(json_writer_t *w, const region_t *region)
{
    json_begin_object(w);
    member_artifact_if(w, "child", region->child);
    json_member_text_if(w, "class", region_class_name(region->class));
    if (region->kind == REGION_UNKNOWN)
        json_member_integer(w, "entropy", region->entropy);
    json_member_text_if(w, "format", region->format);
    json_member_text(w, "kind", region_kind_name(region->kind));
    json_member_integer(w, "length", region->length);
    json_member_integer(w, "offset", region->offset);
    json_end_object(w);
}

static void write_ledgers(json_writer_t *w, const report_t *report)
{
    json_begin_object(w);
    for (size_t i = 0; i < report->ledger_count; i++) {
        const report_ledger_t *ledger = &report->ledgers[i];
        char                   key[SHA256_HEX];
        hex_encode(ledger->sha256.bytes, SHA256_SIZE, key);
        json_key(w, key);
        json_begin_array(w);
        for (size_t j = 0; j < ledger->count; j++)
            write_region(w, &ledger->regions[j]);
        json_end_array(w);
    }
    json_end_object(w);
}

#define MEMBER_ARRAY(w, key, count, write_item)    \
    do {                                           \
        json_key(w, key);                          \
        json_begin_array(w);                             \
        for (size_t i = 0; i < (count); i++)       \
            write_item;                            \
        json_end_array(w);                         \
    } while (0)

static void write_law(json_writer_t *w, const report_law_t *law)
{
    json_begin_object(w);
    json_member_text_if(w, "articles", law->articles);
    json_member_text_if(w, "date", law->date);
    json_member_text_if(w, "effect", law->effect);
    json_member_text_if(w, "source", law->source);
    json_member_text(w, "title", law->title);
    json_end_object(w);
}

static void write_listing(json_writer_t *w, const report_listing_t *listing)
{
    json_begin_object(w);
    json_member_text_if(w, "date", listing->date);
    json_member_text(w, "list", listing->list);
    json_member_text_if(w, "source", listing->source);
    json_member_text(w, "status", list_status_name(listing->status));
    json_member_text_if(w, "title", listing->title);
    json_end_object(w);
}

static void write_origin(json_writer_t *w, const report_origin_t *o)
{
    json_begin_object(w);
    member_artifacts(w, "artifacts", o->artifacts, o->artifact_count);
    member_evidence(w, o->evidence, o->evidence_count, true);
    json_member_text_if(w, "group", o->group);
    json_member_text_if(w, "jurisdiction", o->jurisdiction);
    MEMBER_ARRAY(w, "laws", o->law_count, write_law(w, &o->laws[i]));
    MEMBER_ARRAY(w, "listed", o->listed_count, write_listing(w, &o->listed[i]));
    member_texts(w, "lists", o->lists, o->list_count);
    json_member_text_if(w, "name", o->name);
    json_member_text(w, "strength", strength_name(o->strength));
    json_member_text(w, "vendor", o->vendor);
    json_end_object(w);
}

static void member_policy_if(json_writer_t *w, const report_verdict_t *verdict)
{
    if (verdict->policy == NULL)
        return;
    json_key(w, "policy");
    json_begin_object(w);
    json_member_text(w, "digest", verdict->policy_digest);
    json_member_text(w, "id", verdict->policy);
    json_end_object(w);
}

static void member_run_if(json_writer_t *w, const report_run_t *run)
{
    if (run == NULL)
        return;
    json_key(w, "run");
    json_begin_object(w);
    json_member_text_if(w, "finished", run->finished);
    json_member_text_if(w, "host", run->host);
    json_member_text_if(w, "operator", run->operator);
    json_member_text_if(w, "started", run->started);
    json_end_object(w);
}

static void member_case_if(json_writer_t *w, const report_case_t *custody)
{
    if (custody == NULL)
        return;
    json_key(w, "case");
    json_begin_object(w);
    json_member_integer(w, "entry", custody->entry);
    json_member_text(w, "id", custody->id);
    json_member_text(w, "sha256", custody->sha256);
    json_end_object(w);
}

static void write_limits(json_writer_t *w, const limits_t *limits)
{
    json_begin_object(w);
    json_member_integer(w, "artifacts", limits->artifacts);
    json_member_integer(w, "children", limits->children);
    json_member_integer(w, "depth", limits->depth);
    json_member_integer(w, "jobSeconds", limits->job_seconds);
    json_member_integer(w, "memory", limits->memory);
    json_member_integer(w, "output", limits->output);
    json_member_integer(w, "ratio", limits->ratio);
    json_member_integer(w, "ratioFloor", limits->ratio_floor);
    json_member_integer(w, "seconds", limits->seconds);
    json_end_object(w);
}

/* A text of several lines as an array of them. */
static void write_lines(json_writer_t *w, const char *key, const char *lines)
{
    json_key(w, key);
    json_begin_array(w);
    for (size_t size; *lines != '\0'; lines += size + (lines[size] != '\0' ? 1 : 0)) {
        size = strcspn(lines, "\n");
        json_put_span(w, span_from(lines, size));
    }
    json_end_array(w);
}

static void write_source(json_writer_t *w, const report_source_t *source)
{
    json_begin_object(w);
    json_member_integer(w, "count", source->count);
    json_member_text(w, "digest", source->digest);
    if (source->disabled != NULL)
        write_lines(w, "disabled", source->disabled);
    json_member_text(w, "name", source->name);
    json_end_object(w);
}

static void write_scanner(json_writer_t *w, const report_t *report)
{
    json_begin_object(w);
    json_key(w, "libraries");
    json_begin_array(w);
    for (size_t i = 0; i < report->library_count; i++)
        write_named(w, &report->libraries[i], "version");
    json_end_array(w);
    json_key(w, "limits");
    write_limits(w, &report->limits);
    json_member_text_if(w, "mode", report->mode);
    json_member_text(w, "name", "assay");
    json_member_text_if(w, "sandbox", report->sandbox);
    json_key(w, "sources");
    json_begin_array(w);
    for (size_t i = 0; i < report->source_count; i++)
        write_source(w, &report->sources[i]);
    json_end_array(w);
    json_member_text(w, "version", report->version);
    json_end_object(w);
}

static void write_step(json_writer_t *w, const verdict_step_t *step)
{
    json_begin_object(w);
    json_member_text(w, "effect", step->effect);
    member_texts(w, "evidence", step->evidence, step->evidence_count);
    json_member_bool(w, "matched", step->matched);
    json_member_text_if(w, "reason", step->reason);
    json_member_text_if(w, "reference", step->reference);
    if (step->require_count > 0)
        member_texts(w, "require", step->require, step->require_count);
    json_member_text(w, "rule", step->rule);
    json_member_text_if(w, "waiver", step->waiver);
    json_member_text_if(w, "why", step->why);
    json_end_object(w);
}

void statement_put_verdict(json_writer_t *w, const report_verdict_t *verdict)
{
    json_begin_object(w);
    json_member_text_if(w, "asOf", verdict->as_of);
    json_member_text_if(w, "placement", verdict->placement);
    json_member_text_if(w, "planDigest", verdict->plan_digest);
    json_member_text_if(w, "policy", verdict->policy);
    if (verdict->policy != NULL)
        json_member_text(w, "policyDigest", verdict->policy_digest);
    json_member_text(w, "result", verdict_name(verdict->result));
    json_member_text_if(w, "scope", verdict->scope);
    json_key(w, "trace");
    json_begin_array(w);
    for (size_t i = 0; i < verdict->trace_count; i++)
        write_step(w, &verdict->trace[i]);
    json_end_array(w);
    json_end_object(w);
}

static void write_predicate(json_writer_t *w, const report_t *report)
{
    json_begin_object(w);
    MEMBER_ARRAY(w, "artifacts", report->artifact_count, write_artifact(w, &report->artifacts[i], (uint32_t)i));
    member_case_if(w, report->custody);
    MEMBER_ARRAY(w, "components", report->component_count, write_component(w, &report->components[i], (uint32_t)i));
    json_key(w, "coverage");
    write_coverage(w, &report->coverage);
    json_key(w, "cryptoAssets");
    json_begin_array(w);
    json_end_array(w);
    member_findings_of(w, "damage", report, FINDING_DAMAGE);
    MEMBER_ARRAY(w, "findings", report->finding_count, write_finding(w, &report->findings[i]));
    MEMBER_ARRAY(w, "inputs", report->input_count, write_input(w, &report->inputs[i]));
    json_key(w, "ledgers");
    write_ledgers(w, report);
    member_findings_of(w, "limits", report, FINDING_LIMIT);
    MEMBER_ARRAY(w, "origins", report->origin_count, write_origin(w, &report->origins[i]));
    member_policy_if(w, &report->verdict);
    member_run_if(w, report->run);
    json_key(w, "scanner");
    write_scanner(w, report);
    json_key(w, "verdict");
    statement_put_verdict(w, &report->verdict);
    json_end_object(w);
}

/* Names of subjects are unique: a second input of the same base name gets "~2" behind it. Inputs come from a command line, so
 * they are few. */
static void write_subject(json_writer_t *w, const report_t *report, size_t index)
{
    const report_input_t *input = &report->inputs[index];
    size_t                same  = 1;
    for (size_t i = 0; i < index; i++)
        same += strcmp(report->inputs[i].name, input->name) == 0;
    json_begin_object(w);
    json_key(w, "digest");
    json_begin_object(w);
    member_sha256(w, "sha256", &input->sha256);
    member_sha512(w, "sha512", &input->sha512);
    json_end_object(w);
    json_key(w, "name");
    buffer_t name = {0};
    buffer_append_text(&name, input->name);
    if (same > 1)
        buffer_printf(&name, "~%zu", same);
    w->out.failed = w->out.failed || name.failed;
    json_put_span(w, buffer_span(&name));
    buffer_free(&name);
    json_end_object(w);
}

status_t statement_write(const report_t *report, buffer_t *out)
{
    if (report->verdict.policy == NULL && report->verdict.result == VERDICT_ACCEPT)
        return status_fail(STATUS_INVALID, "report", 0, "a report cannot be accepted without a policy");
    if (report->input_count == 0)
        return status_fail(STATUS_INVALID, "report", 0, "a report without inputs says nothing");
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_text(&w, "_type", STATEMENT_TYPE);
    json_key(&w, "predicate");
    write_predicate(&w, report);
    json_member_text(&w, "predicateType", REPORT_PREDICATE_TYPE);
    MEMBER_ARRAY(&w, "subject", report->input_count, write_subject(&w, report, i));
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}
