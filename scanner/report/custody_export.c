#include "report/custody_export.h"

#include "base/json.h"
#include "report/markup.h"

#include <stdio.h>

/* ---- DFXML ---------------------------------------------------------------------------------------------------------------- */

static void put_element(buffer_t *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buffer_printf(out, "<%s>", name);
    markup_text(out, text);
    buffer_printf(out, "</%s>\n", name);
}

static const char *hex_of(const sha256_t *digest, char hex[SHA256_HEX])
{
    hex_encode(digest->bytes, SHA256_SIZE, hex);
    return hex;
}

static void put_objects(buffer_t *out, const custody_entry_t *e)
{
    char hex[SHA256_HEX];
    for (size_t i = 0; i < e->object_count; i++) {
        const custody_object_t *o = &e->objects[i];
        buffer_append_text(out, "<fileobject>\n");
        put_element(out, "filename", o->name);
        buffer_printf(out, "<filesize>%llu</filesize>\n<hashdigest type=\"sha256\">%s</hashdigest>\n", (unsigned long long)o->size, hex_of(&o->sha256, hex));
        buffer_printf(out, "<assay:entry>%llu</assay:entry>\n<assay:role>%s</assay:role>\n</fileobject>\n", (unsigned long long)e->seq, o->role);
    }
}

static void put_entry(buffer_t *out, const custody_line_t *line)
{
    const custody_entry_t *e = &line->entry;
    char                   hex[SHA256_HEX];
    buffer_printf(out, "<assay:custody seq=\"%llu\" action=\"%s\" sha256=\"%s\">\n", (unsigned long long)e->seq, e->action, hex_of(&line->digest, hex));
    put_element(out, "assay:when", e->when);
    put_element(out, "assay:clock", e->clock);
    put_element(out, "assay:actor", e->actor);
    put_element(out, "assay:actor_role", e->role);
    put_element(out, "assay:counterparty", e->counterparty);
    put_element(out, "assay:where", e->where);
    put_element(out, "assay:why", e->why);
    for (size_t i = 0; i < e->fact_count; i++) {
        buffer_printf(out, "<assay:fact name=\"%s\">", e->facts[i].key);
        markup_text(out, e->facts[i].value);
        buffer_append_text(out, "</assay:fact>\n");
    }
    for (size_t i = 0; i < e->unread_count; i++) {
        buffer_printf(out, "<assay:unread offset=\"%llu\" length=\"%llu\">", (unsigned long long)e->unread[i].offset, (unsigned long long)e->unread[i].length);
        markup_text(out, e->unread[i].status);
        buffer_append_text(out, "</assay:unread>\n");
    }
    buffer_append_text(out, "</assay:custody>\n");
}

status_t custody_write_dfxml(const custody_log_t *log, buffer_t *out)
{
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<dfxml version=\"1.0\" xmlns=\"http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML\""
                            " xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:assay=\"" CUSTODY_PREDICATE_TYPE "\">\n"
                            "<metadata><dc:type>Chain of custody</dc:type></metadata>\n");
    buffer_printf(out, "<creator version=\"1.0\"><program>assay</program><version>%s</version></creator>\n", ASSAY_VERSION);
    for (size_t i = 0; i < log->count; i++)
        if (log->lines[i].readable)
            put_objects(out, &log->lines[i].entry);
    for (size_t i = 0; i < log->count; i++)
        if (log->lines[i].readable)
            put_entry(out, &log->lines[i]);
    buffer_append_text(out, "</dfxml>\n");
    return out->failed ? status_fail(STATUS_MEMORY, "dfxml", 0, "out of memory") : ok();
}

/* ---- CASE ------------------------------------------------------------------------------------------------------------------ */

/* An identifier that depends on what it names alone: "kb:kind-" and a UUID (version 5 in form) from the digest of kind and name. */
static void put_identifier(json_writer_t *w, const char *kind, const char *name)
{
    buffer_t text = {0};
    sha256_t digest = {0};
    buffer_printf(&text, "%s/%s", kind, name);
    w->failed = w->failed || text.failed || !status_ok(sha256_of(buffer_span(&text), &digest));
    text.size = 0;
    uint8_t *b = digest.bytes;
    b[6]       = (uint8_t)((b[6] & 0x0F) | 0x50);
    b[8]       = (uint8_t)((b[8] & 0x3F) | 0x80);
    buffer_printf(&text, "kb:%s-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", kind, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
                  b[10], b[11], b[12], b[13], b[14], b[15]);
    json_put_span(w, buffer_span(&text));
    buffer_free(&text);
}

static void begin_node(json_writer_t *w, const char *kind, const char *name, const char *type)
{
    json_begin_object(w);
    json_key(w, "@id");
    put_identifier(w, kind, name);
    json_member_text(w, "@type", type);
}

static void member_reference(json_writer_t *w, const char *key, const char *kind, const char *name)
{
    if (key != NULL)
        json_key(w, key);
    json_begin_object(w);
    json_key(w, "@id");
    put_identifier(w, kind, name);
    json_end_object(w);
}

static void member_typed(json_writer_t *w, const char *key, const char *type, const char *value)
{
    json_key(w, key);
    json_begin_object(w);
    json_member_text(w, "@type", type);
    json_member_text(w, "@value", value);
    json_end_object(w);
}

static void member_size(json_writer_t *w, uint64_t size)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)size);
    member_typed(w, "uco-observable:sizeInBytes", "xsd:integer", text);
}

static const char *entry_name(const custody_entry_t *e, char out[32])
{
    (void)snprintf(out, 32, "%llu", (unsigned long long)e->seq);
    return out;
}

/* An object in one entry; the same content in another entry is another node with the same digest. */
static const char *object_name(const custody_entry_t *e, size_t index, char out[64])
{
    (void)snprintf(out, 64, "%llu.%zu", (unsigned long long)e->seq, index);
    return out;
}

static void write_file(json_writer_t *w, const custody_entry_t *e, size_t index)
{
    const custody_object_t *o = &e->objects[index];
    char name[64], hex[SHA256_HEX];
    (void)object_name(e, index, name);
    begin_node(w, "file", name, "uco-observable:File");
    json_key(w, "uco-core:hasFacet");
    json_begin_array(w);
    begin_node(w, "file-facet", name, "uco-observable:FileFacet");
    json_member_text(w, "uco-observable:fileName", o->name);
    member_size(w, o->size);
    json_end_object(w);
    begin_node(w, "content-data-facet", name, "uco-observable:ContentDataFacet");
    json_key(w, "uco-observable:hash");
    begin_node(w, "hash", name, "uco-types:Hash");
    json_member_text(w, "uco-types:hashMethod", "SHA256");
    member_typed(w, "uco-types:hashValue", "xsd:hexBinary", hex_of(&o->sha256, hex));
    json_end_object(w);
    member_size(w, o->size);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static void member_objects(json_writer_t *w, const char *key, const custody_entry_t *e, bool results)
{
    size_t count = 0;
    for (size_t i = 0; i < e->object_count; i++)
        count += (strcmp(e->objects[i].role, "in") != 0) == results;
    if (count == 0)
        return;
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < e->object_count; i++) {
        char name[64];
        if ((strcmp(e->objects[i].role, "in") != 0) == results)
            member_reference(w, NULL, "file", object_name(e, i, name));
    }
    json_end_array(w);
}

static void write_action(json_writer_t *w, const custody_entry_t *e)
{
    char name[32];
    begin_node(w, "investigative-action", entry_name(e, name), "case-investigation:InvestigativeAction");
    member_reference(w, "uco-action:instrument", "tool", e->tool);
    if (e->where != NULL)
        member_reference(w, "uco-action:location", "location", e->where);
    member_objects(w, "uco-action:object", e, false);
    member_reference(w, "uco-action:performer", "identity", e->actor);
    member_objects(w, "uco-action:result", e, true);
    member_typed(w, "uco-action:startTime", "xsd:dateTime", e->when);
    json_member_text(w, "uco-core:description", e->why);
    json_member_text(w, "uco-core:name", e->action);
    json_end_object(w);
}

/* Has an entry before this one named the same text? Then its node is there. */
static bool is_first(const custody_log_t *log, size_t index, const char *text, size_t field)
{
    for (size_t i = 0; i < index; i++) {
        const char *other;
        memcpy(&other, (const char *)&log->lines[i].entry + field, sizeof other);
        if (log->lines[i].readable && other != NULL && text != NULL && strcmp(other, text) == 0)
            return false;
    }
    return text != NULL;
}

static void write_named(json_writer_t *w, const char *kind, const char *type, const char *name)
{
    begin_node(w, kind, name, type);
    json_member_text(w, "uco-core:name", name);
    json_end_object(w);
}

static void write_investigation(json_writer_t *w, const custody_log_t *log)
{
    const char *id = NULL;
    for (size_t i = 0; id == NULL && i < log->count; i++)
        id = log->lines[i].readable ? log->lines[i].entry.case_id : NULL;
    if (id == NULL)
        return;
    begin_node(w, "investigation", id, "case-investigation:Investigation");
    json_member_text(w, "uco-core:name", id);
    json_key(w, "uco-core:object");
    json_begin_array(w);
    for (size_t i = 0; i < log->count; i++) {
        char name[32];
        if (log->lines[i].readable)
            member_reference(w, NULL, "investigative-action", entry_name(&log->lines[i].entry, name));
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_context(json_writer_t *w)
{
    static const char *const prefixes[][2] = {
        {"case-investigation", "https://ontology.caseontology.org/case/investigation/"}, {"kb", "http://example.org/kb/"},
        {"uco-action", "https://ontology.unifiedcyberontology.org/uco/action/"}, {"uco-core", "https://ontology.unifiedcyberontology.org/uco/core/"},
        {"uco-identity", "https://ontology.unifiedcyberontology.org/uco/identity/"}, {"uco-location", "https://ontology.unifiedcyberontology.org/uco/location/"},
        {"uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/"}, {"uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/"},
        {"uco-types", "https://ontology.unifiedcyberontology.org/uco/types/"}, {"xsd", "http://www.w3.org/2001/XMLSchema#"}};
    json_begin_object(w);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        json_member_text(w, prefixes[i][0], prefixes[i][1]);
    json_end_object(w);
}

status_t custody_write_case(const custody_log_t *log, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_key(&w, "@context");
    write_context(&w);
    json_key(&w, "@graph");
    json_begin_array(&w);
    write_investigation(&w, log);
    for (size_t i = 0; i < log->count; i++) {
        const custody_entry_t *e = &log->lines[i].entry;
        if (!log->lines[i].readable)
            continue;
        write_action(&w, e);
        for (size_t k = 0; k < e->object_count; k++)
            write_file(&w, e, k);
        if (is_first(log, i, e->actor, offsetof(custody_entry_t, actor)))
            write_named(&w, "identity", "uco-identity:Identity", e->actor);
        if (is_first(log, i, e->where, offsetof(custody_entry_t, where)))
            write_named(&w, "location", "uco-location:Location", e->where);
        if (is_first(log, i, e->tool, offsetof(custody_entry_t, tool)))
            write_named(&w, "tool", "uco-tool:Tool", e->tool);
    }
    json_end_array(&w);
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}
