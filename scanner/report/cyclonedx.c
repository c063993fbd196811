/* Source: CycloneDX 1.6 JSON reference and bom-1.6.schema.json (ECMA-424). Differences of thought, settled here:
 * - A bill has one subject. One input is that subject; several are parts of a delivery.
 * - Confidence is a fraction of one there and a percentage here.
 * - `aggregate` is never "complete": that every byte is explained does not mean that every component has a name. */
#include "report/cyclonedx.h"

#include "base/json.h"
#include "report/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- licences --------------------------------------------------------------------------------------------------------- */

/* The SPDX identifiers that firmware is full of, ascending: only a name that SPDX knows may stand as `id`, all others are `name`. */
static const char *const spdx_ids[] = {
    "0BSD", "AFL-2.1", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-4-Clause", "BSL-1.0", "CC0-1.0", "CDDL-1.0", "EPL-1.0", "EPL-2.0", "FTL", "GFDL-1.3-or-later", "GPL-1.0-or-later", "GPL-2.0-only",
    "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "IJG", "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later",
    "LGPL-3.0-only", "LGPL-3.0-or-later", "Libpng", "MIT", "MPL-1.1", "MPL-2.0", "NCSA", "NTP", "OFL-1.1", "OLDAP-2.8", "OpenSSL", "PHP-3.01",
    "PSF-2.0", "PostgreSQL", "Python-2.0", "Ruby", "SGI-B-2.0", "Sleepycat", "TCL", "Unicode-DFS-2016", "Unlicense", "Vim", "W3C", "WTFPL", "X11",
    "Zlib", "ZPL-2.1", "bzip2-1.0.6", "curl", "libtiff", "zlib-acknowledgement",
};

static bool is_spdx_id(const char *licence)
{
    for (size_t i = 0; i < sizeof spdx_ids / sizeof *spdx_ids; i++)
        if (strcmp(spdx_ids[i], licence) == 0)
            return true;
    return false;
}

static bool is_word(const char *at, size_t size, const char *word) { return strlen(word) == size && memcmp(at, word, size) == 0; }

/* Identifiers of SPDX, known to us, joined by AND and OR: nothing that a reader of expressions could stumble over. */
static bool is_spdx_expression(const char *licence)
{
    bool wants_id = true;
    for (const char *at = licence; *at != '\0';) {
        size_t size  = strcspn(at, " ");
        bool   joint = is_word(at, size, "AND") || is_word(at, size, "OR"), known = false;
        for (size_t i = 0; i < sizeof spdx_ids / sizeof *spdx_ids && !joint; i++)
            known = known || is_word(at, size, spdx_ids[i]);
        if (wants_id ? !known : !joint)
            return false;
        wants_id = !wants_id;
        at += size + (at[size] == ' ');
    }
    return !wants_id;
}

static void write_licences_if(json_writer_t *w, const report_component_t *c)
{
    if (c->licence_count == 0)
        return;
    json_key(w, "licenses");
    json_begin_array(w);
    if (c->licence_count == 1 && !is_spdx_id(c->licences[0]) && is_spdx_expression(c->licences[0])) {
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
        json_member_text(w, is_spdx_id(c->licences[i]) ? "id" : "name", c->licences[i]);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- evidence --------------------------------------------------------------------------------------------------------- */

/* What our methods are called there; the first whose word occurs in the method's name. */
static const struct { const char *word, *technique; } techniques[] = {
    {"status", "manifest-analysis"}, {"manifest", "manifest-analysis"}, {"package", "manifest-analysis"}, {"metadata", "manifest-analysis"},
    {"control", "manifest-analysis"}, {"buildinfo", "manifest-analysis"}, {"modinfo", "manifest-analysis"}, {"path", "filename"}, {"file-name", "filename"},
    {"filename", "filename"}, {"digest", "hash-comparison"}, {"hash", "hash-comparison"},
};

static const char *technique_of(const char *method)
{
    for (size_t i = 0; method != NULL && i < sizeof techniques / sizeof *techniques; i++)
        if (strstr(method, techniques[i].word) != NULL)
            return techniques[i].technique;
    return "binary-analysis";
}

static void write_identity(json_writer_t *w, const report_component_t *c, const char *field, const char *value)
{
    uint8_t best = 0;
    for (size_t i = 0; i < c->evidence_count; i++)
        best = c->evidence[i].confidence > best ? c->evidence[i].confidence : best;
    json_begin_object(w);
    json_member_text(w, "concludedValue", value);
    json_key(w, "confidence");
    json_put_hundredths(w, best);
    json_member_text(w, "field", field);
    json_key(w, "methods");
    json_begin_array(w);
    for (size_t i = 0; i < c->evidence_count; i++) {
        json_begin_object(w);
        json_key(w, "confidence");
        json_put_hundredths(w, c->evidence[i].confidence);
        json_member_text(w, "technique", technique_of(c->evidence[i].method));
        json_member_text_if(w, "value", c->evidence[i].text);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_occurrence(json_writer_t *w, const report_t *report, const report_evidence_t *e)
{
    json_begin_object(w);
    json_member_text_if(w, "additionalContext", e->method);
    json_member_text(w, "location", report->artifacts[e->artifact].path);
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
        write_identity(w, c, "name", c->name);
        if (c->version != NULL)
            write_identity(w, c, "version", c->version);
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

/* ---- components ------------------------------------------------------------------------------------------------------- */

/* A guess by the name: the format wants a type, and most of what has neither name nor package of a library is a program. */
static const char *type_of(const report_component_t *c)
{
    if (strcmp(c->name, "linux") == 0 || strcmp(c->name, "linux-kernel") == 0)
        return "operating-system";
    return strncmp(c->name, "lib", 3) == 0 ? "library" : "application";
}

static void write_component(json_writer_t *w, const report_t *report, size_t index)
{
    const report_component_t *c = &report->components[index];
    char                      ref[32];
    (void)snprintf(ref, sizeof ref, "component-%zu", index + 1);
    json_begin_object(w);
    json_member_text(w, "bom-ref", ref);
    json_member_text_if(w, "cpe", c->cpe);
    write_evidence(w, report, c);
    write_licences_if(w, c);
    json_member_text(w, "name", c->name);
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

static void write_hash(json_writer_t *w, const char *algorithm, const uint8_t *bytes, size_t size)
{
    char hex[SHA512_HEX];
    hex_encode(bytes, size, hex);
    json_begin_object(w);
    json_member_text(w, "alg", algorithm);
    json_member_text(w, "content", hex);
    json_end_object(w);
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

static void write_property(json_writer_t *w, const char *name, const char *value)
{
    json_begin_object(w);
    json_member_text(w, "name", name);
    json_member_text(w, "value", value);
    json_end_object(w);
}

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
    json_key(w, "component");
    write_subject(w, report);
    json_key(w, "properties");
    write_properties(w, report);
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

static bool left_something_out(const report_t *report)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].kind == FINDING_LIMIT || report->findings[i].kind == FINDING_DAMAGE)
            return true;
    return report->coverage.unknown > 0;
}

static void write_compositions(json_writer_t *w, const report_t *report)
{
    json_begin_array(w);
    json_begin_object(w);
    json_member_text(w, "aggregate", left_something_out(report) ? "incomplete" : "unknown");
    json_key(w, "assemblies");
    json_begin_array(w);
    json_put_text(w, report->input_count == 1 ? "input-1" : "delivery");
    json_end_array(w);
    json_end_object(w);
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
    char     serial[64];
    status_t status = serial_number(report, serial);
    if (!status_ok(status))
        return status;
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_text(&w, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    json_member_text(&w, "bomFormat", "CycloneDX");
    json_key(&w, "components");
    json_begin_array(&w);
    for (size_t i = 0; i < report->component_count; i++)
        write_component(&w, report, i);
    json_end_array(&w);
    json_key(&w, "compositions");
    write_compositions(&w, report);
    json_key(&w, "metadata");
    write_metadata(&w, report);
    json_member_text(&w, "serialNumber", serial);
    json_member_text(&w, "specVersion", "1.6");
    json_member_integer(&w, "version", 1);
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}
