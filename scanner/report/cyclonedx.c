/* Source: CycloneDX 1.6 JSON reference and bom-1.6.schema.json (ECMA-424). Differences of thought, settled here:
 * - A bill has one subject. One input is that subject; several are parts of a delivery.
 * - Confidence is a fraction of one there and a percentage here.
 * - `aggregate` is never "complete": that every byte is explained does not mean that every component has a name. */
#include "report/cyclonedx.h"

#include "base/json.h"
#include "report/bill.h"
#include "report/licence.h"
#include "report/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- licences --------------------------------------------------------------------------------------------------------- */

static void write_licences_if(json_writer_t *w, const report_component_t *c)
{
    if (c->licence_count == 0)
        return;
    json_key(w, "licenses");
    json_begin_array(w);
    if (c->licence_count == 1 && !licence_is_id(c->licences[0]) && licence_is_expression(c->licences[0])) {
        json_begin_object(w); /* an expression stands alone */
        json_member_text(w, "expression", c->licences[0]);
        json_end_object(w);
        json_end_array(w);
        return;
    }
    for (size_t i = 0; i < c->licence_count; i++) {
        json_begin_object(w);
        json_key(w, "license");
        json_begin_object(w);
        json_member_text(w, licence_is_id(c->licences[i]) ? "id" : "name", c->licences[i]);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- evidence --------------------------------------------------------------------------------------------------------- */

/* What our methods are called there; the first whose word occurs in the method's name. */
static const struct { const char *word, *technique; } techniques[] = {
    {"status", "manifest-analysis"}, {"manifest", "manifest-analysis"}, {"package", "manifest-analysis"}, {"metadata", "manifest-analysis"},
    {"control", "manifest-analysis"}, {"buildinfo", "manifest-analysis"}, {"modinfo", "manifest-analysis"}, {"path", "filename"},
    {"file-name", "filename"}, {"filename", "filename"}, {"digest", "hash-comparison"}, {"hash", "hash-comparison"},
};

static const char *technique_of(const char *method)
{
    for (size_t i = 0; method != NULL && i < sizeof techniques / sizeof *techniques; i++)
        if (strstr(method, techniques[i].word) != NULL)
            return techniques[i].technique;
    return "binary-analysis";
}

static void write_method(json_writer_t *w, const report_evidence_t *e)
{
    json_begin_object(w);
    json_key(w, "confidence");
    json_put_hundredths(w, e->confidence);
    json_member_text(w, "technique", technique_of(e->method));
    json_member_text_if(w, "value", e->text);
    json_end_object(w);
}

/* Evidence that says another version speaks for the name, not for the version. */
static void write_identity(json_writer_t *w, const report_component_t *c, const char *field, const char *value, bool of_version)
{
    json_begin_object(w);
    json_member_text(w, "concludedValue", value);
    json_key(w, "confidence");
    json_put_hundredths(w, bill_confidence(c));
    json_member_text(w, "field", field);
    json_key(w, "methods");
    json_begin_array(w);
    for (size_t i = 0; i < c->evidence_count; i++)
        if (!of_version || c->evidence[i].version == NULL)
            write_method(w, &c->evidence[i]);
    json_end_array(w);
    json_end_object(w);
}

static void write_occurrence(json_writer_t *w, const report_t *report, const report_evidence_t *e)
{
    json_begin_object(w);
    json_member_text_if(w, "additionalContext", e->method);
    if (e->subpath != NULL) {
        buffer_t location = {0};
        buffer_printf(&location, "%s!%s", report->artifacts[e->artifact].path, e->subpath);
        json_key(w, "location");
        json_put_span(w, buffer_span(&location));
        w->failed = w->failed || location.failed;
        buffer_free(&location);
    } else {
        json_member_text(w, "location", report->artifacts[e->artifact].path);
    }
    json_member_integer(w, "offset", e->offset);
    json_end_object(w);
}

static void write_evidence(json_writer_t *w, const report_t *report, const report_component_t *c)
{
    json_key(w, "evidence");
    json_begin_object(w);
    json_key(w, "identity");
    json_begin_array(w);
    if (c->evidence_count > 0) {
        write_identity(w, c, "name", c->name, false);
        if (c->version != NULL)
            write_identity(w, c, "version", c->version, true);
        if (c->purl != NULL)
            write_identity(w, c, "purl", c->purl, true);
        if (c->cpe != NULL)
            write_identity(w, c, "cpe", c->cpe, true);
    }
    json_end_array(w);
    json_key(w, "occurrences");
    json_begin_array(w);
    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i].artifact < report->artifact_count)
            write_occurrence(w, report, &c->evidence[i]);
    json_end_array(w);
    json_end_object(w);
}

/* ---- small parts ------------------------------------------------------------------------------------------------------ */

static void write_hash(json_writer_t *w, const char *algorithm, const uint8_t *bytes, size_t size)
{
    char hex[SHA512_HEX];
    hex_encode(bytes, size, hex);
    json_begin_object(w);
    json_member_text(w, "alg", algorithm);
    json_member_text(w, "content", hex);
    json_end_object(w);
}

static void write_property(json_writer_t *w, const char *name, const char *value)
{
    json_begin_object(w);
    json_member_text(w, "name", name);
    json_member_text(w, "value", value);
    json_end_object(w);
}

static void put_ref(json_writer_t *w, size_t component)
{
    char ref[32];
    (void)snprintf(ref, sizeof ref, "component-%zu", component + 1);
    json_put_text(w, ref);
}

/* ---- components ------------------------------------------------------------------------------------------------------- */

/* A guess by the name: the format wants a type, and most of what has neither name nor package of a library is a program. */
static const char *type_of(const report_component_t *c)
{
    if (strcmp(c->name, "linux") == 0 || strcmp(c->name, "linux-kernel") == 0)
        return "operating-system";
    return strncmp(c->name, "lib", 3) == 0 ? "library" : "application";
}

/* The source package that it was built from. */
static void write_pedigree_if(json_writer_t *w, const report_component_t *c)
{
    bool open = false;
    for (size_t i = 0; i < c->relation_count; i++) {
        const report_relation_t *r = &c->relations[i];
        if (r->kind != RELATION_GENERATED_FROM || r->reference == NULL)
            continue;
        if (!open) {
            json_key(w, "pedigree");
            json_begin_object(w);
            json_key(w, "ancestors");
            json_begin_array(w);
        }
        open = true;
        json_begin_object(w);
        json_member_text(w, "name", r->reference);
        if (strncmp(r->reference, "pkg:", 4) == 0)
            json_member_text(w, "purl", r->reference);
        json_member_text(w, "type", "application");
        json_end_object(w);
    }
    if (open) {
        json_end_array(w);
        json_end_object(w);
    }
}

static void write_joined(json_writer_t *w, const char *name, const char *front, const char *back)
{
    buffer_t value = {0};
    buffer_printf(&value, "%s%s%s", front, back != NULL ? " " : "", back != NULL ? back : "");
    buffer_append_byte(&value, '\0');
    if (value.failed)
        w->failed = true;
    else
        write_property(w, name, (const char *)value.at);
    buffer_free(&value);
}

/* BSI's names for what TR-03183-2 asks, and ours for what has no place in the format. */
static void write_component_properties(json_writer_t *w, const report_t *report, const bill_facts_t *facts, const report_component_t *c)
{
    const report_artifact_t *file   = bill_file(report, c);
    bill_nature_t            nature = bill_nature(report, facts, c);
    json_key(w, "properties");
    json_begin_array(w);
    for (size_t i = 0; i < c->conflict_count; i++)
        write_joined(w, "assay:conflict", c->conflicts[i].version, c->conflicts[i].why);
    write_property(w, "assay:scope", component_scope_name(c->scope));
    for (size_t i = 0; i < c->relation_count; i++)
        if (c->relations[i].component == NO_COMPONENT && c->relations[i].kind != RELATION_GENERATED_FROM && c->relations[i].reference != NULL)
            write_joined(w, "assay:unresolved", c->relations[i].reference, c->relations[i].constraint);
    if (c->upstream_version != NULL)
        write_property(w, "assay:upstreamVersion", c->upstream_version);
    if (nature.known) {
        write_property(w, "bsi:component:archive", nature.archive ? "archive" : "no archive");
        write_property(w, "bsi:component:executable", nature.executable ? "executable" : "non-executable");
    }
    if (file != NULL)
        write_property(w, "bsi:component:filename", bill_file_name(file));
    if (nature.known)
        write_property(w, "bsi:component:structured", nature.structured ? "structured" : "unstructured");
    json_end_array(w);
}

static void write_component(json_writer_t *w, const report_t *report, const bill_facts_t *facts, size_t index)
{
    const report_component_t *c    = &report->components[index];
    const report_artifact_t  *file = bill_file(report, c);
    json_begin_object(w);
    json_key(w, "bom-ref");
    put_ref(w, index);
    json_member_text_if(w, "cpe", c->cpe);
    write_evidence(w, report, c);
    if (file != NULL) {
        json_key(w, "hashes");
        json_begin_array(w);
        write_hash(w, "SHA-256", file->sha256.bytes, SHA256_SIZE);
        json_end_array(w);
    }
    write_licences_if(w, c);
    json_member_text(w, "name", c->name);
    write_pedigree_if(w, c);
    write_component_properties(w, report, facts, c);
    json_member_text_if(w, "purl", c->purl);
    if (c->supplier != NULL) {
        json_key(w, "supplier");
        json_begin_object(w);
        json_member_text(w, "name", c->supplier);
        json_end_object(w);
    }
    json_member_text(w, "type", type_of(c));
    json_member_text_if(w, "version", c->version);
    json_end_object(w);
}

static void put_asset_ref(json_writer_t *w, size_t finding)
{
    char ref[32];
    (void)snprintf(ref, sizeof ref, "crypto-%zu", finding + 1);
    json_put_text(w, ref);
}

/* What rules of kind crypto found: the nearest thing there to an algorithm in use. One asset a rule, with all its places. */
static void write_asset(json_writer_t *w, const report_t *report, size_t first)
{
    const report_finding_t *f = &report->findings[first];
    json_begin_object(w);
    json_key(w, "bom-ref");
    put_asset_ref(w, first);
    json_key(w, "cryptoProperties");
    json_begin_object(w);
    json_member_text(w, "assetType", strncmp(f->rule, "certificate", 11) == 0 ? "certificate" : "algorithm");
    json_end_object(w);
    json_key(w, "evidence");
    json_begin_object(w);
    json_key(w, "occurrences");
    json_begin_array(w);
    for (size_t i = first; i < report->finding_count && strcmp(report->findings[i].rule, f->rule) == 0; i++)
        for (size_t e = 0; e < report->findings[i].evidence_count; e++)
            if (report->findings[i].evidence[e].artifact < report->artifact_count)
                write_occurrence(w, report, &report->findings[i].evidence[e]);
    json_end_array(w);
    json_end_object(w);
    json_member_text(w, "name", f->title);
    json_member_text(w, "type", "cryptographic-asset");
    json_end_object(w);
}

/* Findings are in the order of severity, then rule: those of one rule stand together. */
static bool is_first_of_rule(const report_t *report, size_t i)
{
    return report->findings[i].kind == FINDING_CRYPTO && (i == 0 || strcmp(report->findings[i - 1].rule, report->findings[i].rule) != 0);
}

static void write_input(json_writer_t *w, const report_t *report, size_t index)
{
    const report_input_t *input = &report->inputs[index];
    char                  ref[32];
    (void)snprintf(ref, sizeof ref, "input-%zu", index + 1);
    json_begin_object(w);
    json_member_text(w, "bom-ref", ref);
    json_key(w, "hashes");
    json_begin_array(w);
    write_hash(w, "SHA-256", input->sha256.bytes, SHA256_SIZE);
    write_hash(w, "SHA-512", input->sha512.bytes, SHA512_SIZE);
    json_end_array(w);
    json_member_text(w, "name", input->name);
    json_member_text(w, "type", "firmware");
    json_end_object(w);
}

static void write_subject(json_writer_t *w, const report_t *report)
{
    if (report->input_count == 1) {
        write_input(w, report, 0);
        return;
    }
    json_begin_object(w);
    json_member_text(w, "bom-ref", "delivery");
    json_key(w, "components");
    json_begin_array(w);
    for (size_t i = 0; i < report->input_count; i++)
        write_input(w, report, i);
    json_end_array(w);
    json_member_text(w, "name", "delivery");
    json_member_text(w, "type", "firmware");
    json_end_object(w);
}

/* ---- what has no place of its own there ------------------------------------------------------------------------------- */

static void write_properties(json_writer_t *w, const report_t *report)
{
    char text[64];
    json_begin_array(w);
    (void)snprintf(text, sizeof text, "%" PRIu64, report->coverage.parts_per_million);
    write_property(w, "assay:coverage:partsPerMillion", text);
    for (size_t i = 0; i < report->origin_count; i++) {
        const report_origin_t *o = &report->origins[i];
        buffer_t               value = {0};
        buffer_printf(&value, "%s %s %s", o->vendor, strength_name(o->strength), o->jurisdiction != NULL ? o->jurisdiction : "-");
        buffer_append_byte(&value, '\0');
        w->out.failed = w->out.failed || value.failed;
        if (!value.failed)
            write_property(w, "assay:origin", (const char *)value.at);
        buffer_free(&value);
    }
    write_property(w, "assay:verdict", verdict_name(report->verdict.result));
    if (report->verdict.policy != NULL)
        write_property(w, "assay:verdict:policy", report->verdict.policy);
    json_end_array(w);
}

static void write_metadata(json_writer_t *w, const report_t *report)
{
    json_begin_object(w);
    if (bill_author(report) != NULL) {
        json_key(w, "authors");
        json_begin_array(w);
        json_begin_object(w);
        json_member_text(w, "name", bill_author(report));
        json_end_object(w);
        json_end_array(w);
    }
    json_key(w, "component");
    write_subject(w, report);
    json_key(w, "properties");
    write_properties(w, report);
    json_member_text_if(w, "timestamp", bill_time(report));
    json_key(w, "tools");
    json_begin_object(w);
    json_key(w, "components");
    json_begin_array(w);
    json_begin_object(w);
    json_member_text(w, "name", "assay");
    json_member_text(w, "type", "application");
    json_member_text_if(w, "version", report->version);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

/* ---- how it hangs together -------------------------------------------------------------------------------------------- */

static const char *root_of(const report_t *report) { return report->input_count == 1 ? "input-1" : "delivery"; }

static bool is_dependency(const report_relation_t *r, size_t count) { return r->kind != RELATION_GENERATED_FROM && r->component < count; }

/* Several relations to one component are one dependency there: `seen` remembers for each component the last one that was found to need it. */
static void write_dependency(json_writer_t *w, const report_t *report, size_t index, uint32_t *seen)
{
    const report_component_t *c = &report->components[index];
    json_begin_object(w);
    json_key(w, "dependsOn");
    json_begin_array(w);
    for (size_t i = 0; i < c->relation_count; i++) {
        uint32_t target = c->relations[i].component;
        if (!is_dependency(&c->relations[i], report->component_count) || target == index || seen[target] == index + 1)
            continue;
        seen[target] = (uint32_t)index + 1;
        put_ref(w, target);
    }
    json_end_array(w);
    json_key(w, "ref");
    put_ref(w, index);
    json_end_object(w);
}

static void write_dependencies(json_writer_t *w, const report_t *report, const bill_facts_t *facts)
{
    uint32_t *seen = arena_array(report->arena, report->component_count + 1, sizeof *seen);
    w->failed      = w->failed || seen == NULL;
    json_key(w, "dependencies");
    json_begin_array(w);
    json_begin_object(w);
    json_key(w, "dependsOn");
    json_begin_array(w);
    for (size_t i = 0; i < report->component_count; i++)
        if (!facts->is_contained[i])
            put_ref(w, i);
    json_end_array(w);
    json_member_text(w, "ref", root_of(report));
    json_end_object(w);
    for (size_t i = 0; seen != NULL && i < report->component_count; i++)
        write_dependency(w, report, i, seen);
    json_end_array(w);
}

static bool has_unresolved(const report_component_t *c)
{
    for (size_t i = 0; i < c->relation_count; i++)
        if (c->relations[i].kind != RELATION_GENERATED_FROM && c->relations[i].component == NO_COMPONENT)
            return true;
    return false;
}

/* Components whose dependencies are known not to be all there, or of which nobody knows. */
static void write_composition(json_writer_t *w, const report_t *report, bool unresolved)
{
    size_t count = 0;
    for (size_t i = 0; i < report->component_count; i++)
        count += has_unresolved(&report->components[i]) == unresolved;
    if (count == 0)
        return;
    json_begin_object(w);
    json_member_text(w, "aggregate", unresolved ? "incomplete" : "unknown");
    json_key(w, "dependencies");
    json_begin_array(w);
    for (size_t i = 0; i < report->component_count; i++)
        if (has_unresolved(&report->components[i]) == unresolved)
            put_ref(w, i);
    json_end_array(w);
    json_end_object(w);
}

static void write_compositions(json_writer_t *w, const report_t *report)
{
    json_key(w, "compositions");
    json_begin_array(w);
    json_begin_object(w);
    json_member_text(w, "aggregate", bill_left_something_out(report) ? "incomplete" : "unknown");
    json_key(w, "assemblies");
    json_begin_array(w);
    json_put_text(w, root_of(report));
    json_end_array(w);
    json_end_object(w);
    write_composition(w, report, true);
    write_composition(w, report, false);
    json_end_array(w);
}

/* RFC 9562, version 8: a UUID of one's own making, here the front of the statement's SHA-256. */
static status_t serial_number(const report_t *report, char out[64])
{
    buffer_t statement = {0};
    sha256_t d         = {0};
    char     hex[33];
    status_t status    = statement_write(report, &statement);
    if (status_ok(status))
        status = sha256_of(buffer_span(&statement), &d);
    buffer_free(&statement);
    d.bytes[6] = (uint8_t)(0x80 | (d.bytes[6] & 0x0F));
    d.bytes[8] = (uint8_t)(0x80 | (d.bytes[8] & 0x3F));
    hex_encode(d.bytes, 16, hex);
    (void)snprintf(out, 64, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    return status;
}

status_t cyclonedx_write(const report_t *report, buffer_t *out)
{
    char         serial[64];
    bill_facts_t facts;
    status_t     status = bill_facts(report, &facts) ? serial_number(report, serial) : status_fail(STATUS_MEMORY, "cyclonedx", 0, "out of memory");
    if (!status_ok(status))
        return status;
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_text(&w, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    json_member_text(&w, "bomFormat", "CycloneDX");
    json_key(&w, "components");
    json_begin_array(&w);
    for (size_t i = 0; i < report->component_count; i++)
        write_component(&w, report, &facts, i);
    for (size_t i = 0; i < report->finding_count; i++)
        if (is_first_of_rule(report, i))
            write_asset(&w, report, i);
    json_end_array(&w);
    write_compositions(&w, report);
    write_dependencies(&w, report, &facts);
    json_key(&w, "metadata");
    write_metadata(&w, report);
    json_member_text(&w, "serialNumber", serial);
    json_member_text(&w, "specVersion", "1.6");
    json_member_integer(&w, "version", 1);
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}
