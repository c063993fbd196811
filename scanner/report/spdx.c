/* Source: SPDX specification 2.3 and its JSON schema. Differences of thought, settled here:
 * - A licence in metadata is what the maker declared: licenseDeclared. Nobody concluded anything: licenseConcluded is NOASSERTION.
 * - Words that are no identifier of SPDX become a LicenseRef whose text is those words.
 * - A file there needs a SHA-1, which the report does not have: the file that a component is stands as packageFileName and checksum.
 * - Confidence and offsets have no place of their own: they are annotations of the package. */
#include "report/spdx.h"

#include "base/json.h"
#include "report/bill.h"
#include "report/licence.h"
#include "report/statement.h"

#include <inttypes.h>
#include <stdio.h>

#define EPOCH "1970-01-01T00:00:00Z"

typedef struct {
    json_writer_t       w;
    const report_t     *report;
    const bill_facts_t *facts;
    const char         *created;
    size_t             *first_word; /* by component: number of its first LicenseRef */
    size_t              words;
} spdx_t;

static void member_id(json_writer_t *w, const char *key, const char *kind, size_t number)
{
    char id[48];
    (void)snprintf(id, sizeof id, "SPDXRef-%s-%zu", kind, number + 1);
    json_member_text(w, key, id);
}

static void write_checksum(json_writer_t *w, const char *algorithm, const uint8_t *bytes, size_t size)
{
    char hex[SHA512_HEX];
    hex_encode(bytes, size, hex);
    json_begin_object(w);
    json_member_text(w, "algorithm", algorithm);
    json_member_text(w, "checksumValue", hex);
    json_end_object(w);
}

/* ---- licences --------------------------------------------------------------------------------------------------------- */

static void append_licence(buffer_t *out, const char *licence, size_t *next_word)
{
    if (licence_is_id(licence))
        buffer_append_text(out, licence);
    else if (licence_is_expression(licence))
        buffer_printf(out, "(%s)", licence);
    else
        buffer_printf(out, "LicenseRef-%zu", ++*next_word);
}

static void member_declared(spdx_t *s, size_t index)
{
    const report_component_t *c    = &s->report->components[index];
    buffer_t                  text = {0};
    size_t                    word = s->first_word[index];
    for (size_t i = 0; i < c->licence_count; i++) {
        buffer_append_text(&text, i > 0 ? " AND " : "");
        append_licence(&text, c->licences[i], &word);
    }
    if (c->licence_count == 0)
        buffer_append_text(&text, "NOASSERTION");
    json_key(&s->w, "licenseDeclared");
    json_put_span(&s->w, buffer_span(&text));
    s->w.failed = s->w.failed || text.failed;
    buffer_free(&text);
}

static bool is_words(const char *licence) { return !licence_is_expression(licence); }

static void write_extracted(spdx_t *s)
{
    json_writer_t *w    = &s->w;
    size_t         word = 0;
    if (s->words == 0)
        return;
    json_key(w, "hasExtractedLicensingInfos");
    json_begin_array(w);
    for (size_t i = 0; i < s->report->component_count; i++)
        for (size_t k = 0; k < s->report->components[i].licence_count; k++) {
            const char *licence = s->report->components[i].licences[k];
            char        id[48];
            if (!is_words(licence))
                continue;
            (void)snprintf(id, sizeof id, "LicenseRef-%zu", ++word);
            json_begin_object(w);
            json_member_text(w, "extractedText", licence[0] != '\0' ? licence : "(empty)");
            json_member_text(w, "licenseId", id);
            json_end_object(w);
        }
    json_end_array(w);
}

static void count_words(spdx_t *s)
{
    for (size_t i = 0; i < s->report->component_count; i++) {
        s->first_word[i] = s->words;
        for (size_t k = 0; k < s->report->components[i].licence_count; k++)
            s->words += is_words(s->report->components[i].licences[k]);
    }
}

/* ---- packages --------------------------------------------------------------------------------------------------------- */

static void write_reference(json_writer_t *w, const char *category, const char *type, const char *locator)
{
    json_begin_object(w);
    json_member_text(w, "referenceCategory", category);
    json_member_text(w, "referenceLocator", locator);
    json_member_text(w, "referenceType", type);
    json_end_object(w);
}

/* Locators hold no white space. */
static bool is_locator(const char *text) { return text != NULL && text[0] != '\0' && strpbrk(text, " \t\n\r") == NULL; }

static void write_references(json_writer_t *w, const report_component_t *c)
{
    if (!is_locator(c->cpe) && !is_locator(c->purl))
        return;
    json_key(w, "externalRefs");
    json_begin_array(w);
    if (is_locator(c->cpe))
        write_reference(w, "SECURITY", strncmp(c->cpe, "cpe:2.3:", 8) == 0 ? "cpe23Type" : "cpe22Type", c->cpe);
    if (is_locator(c->purl))
        write_reference(w, "PACKAGE-MANAGER", "purl", c->purl);
    json_end_array(w);
}

static void write_annotation(spdx_t *s, const report_evidence_t *e)
{
    json_writer_t *w    = &s->w;
    buffer_t       text = {0};
    buffer_printf(&text, "evidence at %s offset %" PRIu64 ", method %s, confidence %u of 100%s%s", s->report->artifacts[e->artifact].path, e->offset,
                  e->method != NULL ? e->method : "-", e->confidence, e->text != NULL ? ": " : "", e->text != NULL ? e->text : "");
    json_begin_object(w);
    json_member_text(w, "annotationDate", s->created);
    json_member_text(w, "annotationType", "OTHER");
    json_member_text(w, "annotator", "Tool: assay-" ASSAY_VERSION);
    json_key(w, "comment");
    json_put_span(w, buffer_span(&text));
    json_end_object(w);
    w->failed = w->failed || text.failed;
    buffer_free(&text);
}

static void write_supplier(json_writer_t *w, const char *supplier)
{
    buffer_t text = {0};
    if (supplier == NULL) {
        json_member_text(w, "supplier", "NOASSERTION");
        return;
    }
    buffer_printf(&text, "Organization: %s", supplier);
    json_key(w, "supplier");
    json_put_span(w, buffer_span(&text));
    w->failed = w->failed || text.failed;
    buffer_free(&text);
}

static void write_component(spdx_t *s, size_t index)
{
    json_writer_t            *w    = &s->w;
    const report_component_t *c    = &s->report->components[index];
    const report_artifact_t  *file = bill_file(s->report, c);
    json_begin_object(w);
    member_id(w, "SPDXID", "component", index);
    json_key(w, "annotations");
    json_begin_array(w);
    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i].artifact < s->report->artifact_count)
            write_annotation(s, &c->evidence[i]);
    json_end_array(w);
    if (file != NULL) {
        json_key(w, "checksums");
        json_begin_array(w);
        write_checksum(w, "SHA256", file->sha256.bytes, SHA256_SIZE);
        json_end_array(w);
    }
    json_member_text(w, "copyrightText", "NOASSERTION");
    json_member_text(w, "downloadLocation", "NOASSERTION");
    write_references(w, c);
    json_member_bool(w, "filesAnalyzed", false);
    json_member_text(w, "licenseConcluded", "NOASSERTION");
    member_declared(s, index);
    json_member_text(w, "name", c->name[0] != '\0' ? c->name : "NOASSERTION");
    if (file != NULL)
        json_member_text(w, "packageFileName", file->path);
    write_supplier(w, c->supplier);
    if (c->version != NULL && c->version[0] != '\0')
        json_member_text(w, "versionInfo", c->version);
    json_end_object(w);
}

static void write_input(spdx_t *s, size_t index)
{
    json_writer_t        *w     = &s->w;
    const report_input_t *input = &s->report->inputs[index];
    json_begin_object(w);
    member_id(w, "SPDXID", "input", index);
    json_key(w, "checksums");
    json_begin_array(w);
    write_checksum(w, "SHA256", input->sha256.bytes, SHA256_SIZE);
    write_checksum(w, "SHA512", input->sha512.bytes, SHA512_SIZE);
    json_end_array(w);
    json_member_text(w, "comment", bill_left_something_out(s->report)
                                       ? "Not complete: there are unknown or damaged bytes, or a limit was reached."
                                       : "Completeness unknown: that every byte is explained does not give every component a name.");
    json_member_text(w, "copyrightText", "NOASSERTION");
    json_member_text(w, "downloadLocation", "NOASSERTION");
    json_member_bool(w, "filesAnalyzed", false);
    json_member_text(w, "licenseConcluded", "NOASSERTION");
    json_member_text(w, "licenseDeclared", "NOASSERTION");
    json_member_text(w, "name", input->name);
    json_member_text(w, "packageFileName", input->name);
    json_member_text(w, "primaryPackagePurpose", "FIRMWARE");
    json_member_text(w, "supplier", "NOASSERTION");
    json_end_object(w);
}

/* ---- relations -------------------------------------------------------------------------------------------------------- */

static void write_relation(json_writer_t *w, const char *from_kind, size_t from, const char *type, const char *to_kind, size_t to,
                           const char *comment)
{
    json_begin_object(w);
    json_member_text_if(w, "comment", comment);
    if (to_kind != NULL)
        member_id(w, "relatedSpdxElement", to_kind, to);
    else
        json_member_text(w, "relatedSpdxElement", "NOASSERTION");
    json_member_text(w, "relationshipType", type);
    if (from_kind != NULL)
        member_id(w, "spdxElementId", from_kind, from);
    else
        json_member_text(w, "spdxElementId", "SPDXRef-DOCUMENT");
    json_end_object(w);
}

static void write_relations_of(spdx_t *s, size_t index)
{
    static const char *const types[] = {
        [RELATION_CONTAINS] = "CONTAINS", [RELATION_DEPENDS_ON] = "DEPENDS_ON", [RELATION_GENERATED_FROM] = "GENERATED_FROM",
        [RELATION_LINKED_STATICALLY] = "STATIC_LINK",
    };
    const report_component_t *c = &s->report->components[index];
    for (size_t i = 0; i < c->relation_count; i++) {
        const report_relation_t *r     = &c->relations[i];
        bool                     known = r->component < s->report->component_count;
        if (r->kind <= RELATION_LINKED_STATICALLY)
            write_relation(&s->w, "component", index, types[r->kind], known ? "component" : NULL, r->component, known ? r->constraint : r->reference);
    }
}

/* Which input a component was found in: the one at the root of its first evidence; the first when nothing tells. */
static size_t input_of(const report_t *report, const size_t *root_input, const report_component_t *c)
{
    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i].artifact < report->artifact_count)
            return root_input[c->evidence[i].artifact];
    return 0;
}

static void write_relations(spdx_t *s)
{
    const report_t *report = s->report;
    size_t         *roots  = arena_array(report->arena, report->artifact_count + 1, sizeof *roots);
    size_t          inputs = 0;
    s->w.failed            = s->w.failed || roots == NULL;
    for (size_t i = 0; roots != NULL && i < report->artifact_count; i++) { /* parents stand before their children */
        bool is_root = report->artifacts[i].parent >= report->artifact_count;
        roots[i]     = is_root ? (inputs < report->input_count ? inputs : 0) : roots[report->artifacts[i].parent];
        inputs += is_root;
    }
    json_key(&s->w, "relationships");
    json_begin_array(&s->w);
    for (size_t i = 0; i < report->input_count; i++)
        write_relation(&s->w, NULL, 0, "DESCRIBES", "input", i, NULL);
    for (size_t i = 0; roots != NULL && i < report->component_count; i++) {
        if (!s->facts->is_contained[i] && report->input_count > 0)
            write_relation(&s->w, "input", input_of(report, roots, &report->components[i]), "CONTAINS", "component", i, NULL);
        write_relations_of(s, i);
    }
    json_end_array(&s->w);
}

/* ---- the document ----------------------------------------------------------------------------------------------------- */

static void write_creation(spdx_t *s)
{
    json_writer_t *w = &s->w;
    json_begin_object(w);
    if (strcmp(s->created, EPOCH) == 0)
        json_member_text(w, "comment", "The report that this document is made from names no time, so that the same input gives the same bytes.");
    json_member_text(w, "created", s->created);
    json_key(w, "creators");
    json_begin_array(w);
    if (bill_author(s->report) != NULL) {
        buffer_t person = {0};
        buffer_printf(&person, "Person: %s", bill_author(s->report));
        json_put_span(w, buffer_span(&person));
        buffer_free(&person);
    }
    json_put_text(w, "Tool: assay-" ASSAY_VERSION);
    json_end_array(w);
    json_end_object(w);
}

static void write_document(spdx_t *s, const char *name_space)
{
    json_writer_t  *w      = &s->w;
    const report_t *report = s->report;
    json_begin_object(w);
    json_member_text(w, "SPDXID", "SPDXRef-DOCUMENT");
    json_key(w, "creationInfo");
    write_creation(s);
    json_member_text(w, "dataLicense", "CC0-1.0");
    json_member_text(w, "documentNamespace", name_space);
    write_extracted(s);
    json_member_text(w, "name", report->input_count == 1 ? report->inputs[0].name : "delivery");
    json_key(w, "packages");
    json_begin_array(w);
    for (size_t i = 0; i < report->input_count; i++)
        write_input(s, i);
    for (size_t i = 0; i < report->component_count; i++)
        write_component(s, i);
    json_end_array(w);
    write_relations(s);
    json_member_text(w, "spdxVersion", "SPDX-2.3");
    json_end_object(w);
}

static status_t statement_digest(const report_t *report, char hex[SHA256_HEX])
{
    buffer_t statement = {0};
    sha256_t digest    = {0};
    status_t status    = statement_write(report, &statement);
    if (status_ok(status))
        status = sha256_of(buffer_span(&statement), &digest);
    buffer_free(&statement);
    hex_encode(digest.bytes, SHA256_SIZE, hex);
    return status;
}

status_t spdx_write(const report_t *report, buffer_t *out)
{
    char         hex[SHA256_HEX], name_space[128];
    bill_facts_t facts;
    spdx_t       s      = {.report = report, .facts = &facts, .created = bill_time(report) != NULL ? bill_time(report) : EPOCH};
    status_t     status = statement_digest(report, hex);
    if (!status_ok(status))
        return status;
    s.first_word = arena_array(report->arena, report->component_count + 1, sizeof *s.first_word);
    if (s.first_word == NULL || !bill_facts(report, &facts))
        return status_fail(STATUS_MEMORY, "spdx", 0, "out of memory");
    (void)snprintf(name_space, sizeof name_space, "https://assay.dev/spdx/%s", hex);
    count_words(&s);
    s.w = (json_writer_t){.out = *out};
    write_document(&s, name_space);
    *out = s.w.out;
    return json_finish(&s.w);
}
