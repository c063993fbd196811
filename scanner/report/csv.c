/* Source: RFC 4180: CRLF, quotes doubled; and OWASP's "CSV Injection" for what spreadsheets do with = + - @. */
#include "report/csv.h"

#include <inttypes.h>
#include <stdio.h>

static void put(buffer_t *out, const char *text, bool last)
{
    buffer_append_byte(out, '"');
    if (text != NULL && text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        buffer_append_byte(out, '\'');
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        if (*at == '"')
            buffer_append_byte(out, '"');
        buffer_append_byte(out, (uint8_t)*at);
    }
    buffer_append_text(out, last ? "\"\r\n" : "\",");
}

static void put_number(buffer_t *out, uint64_t value, bool last) { buffer_printf(out, "%" PRIu64 "%s", value, last ? "\r\n" : ","); }

static const char *path_of(const report_t *report, uint32_t artifact)
{
    return artifact < report->artifact_count ? report->artifacts[artifact].path : NULL;
}

static status_t finish(const buffer_t *out) { return out->failed ? status_fail(STATUS_MEMORY, "csv", 0, "out of memory") : ok(); }

status_t csv_write_components(const report_t *report, buffer_t *out)
{
    buffer_append_text(out, "name,version,upstream version,supplier,licences,purl,cpe,scope,confidence,path,offset\r\n");
    for (size_t i = 0; i < report->component_count; i++) {
        const report_component_t *c = &report->components[i];
        const report_evidence_t  *best = NULL;
        buffer_t                  licences = {0};
        for (size_t k = 0; k < c->licence_count; k++)
            buffer_printf(&licences, "%s%s", k > 0 ? "; " : "", c->licences[k]);
        buffer_append_byte(&licences, '\0');
        for (size_t k = 0; k < c->evidence_count; k++)
            best = best == NULL || c->evidence[k].confidence > best->confidence ? &c->evidence[k] : best;
        const char *texts[] = {c->name, c->version, c->upstream_version, c->supplier, (const char *)licences.at, c->purl, c->cpe,
                               component_scope_name(c->scope)};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            put(out, texts[k], false);
        put_number(out, best != NULL ? best->confidence : 0, false);
        put(out, best != NULL ? path_of(report, best->artifact) : NULL, false);
        put_number(out, best != NULL ? best->offset : 0, true);
        out->failed = out->failed || licences.failed;
        buffer_free(&licences);
    }
    return finish(out);
}

status_t csv_write_findings(const report_t *report, buffer_t *out)
{
    buffer_append_text(out, "id,severity,kind,rule,confidence,title,path,offset,text\r\n");
    for (size_t i = 0; i < report->finding_count; i++) {
        const report_finding_t  *f = &report->findings[i];
        const report_evidence_t *e = f->evidence_count > 0 ? &f->evidence[0] : NULL;
        put(out, f->id, false);
        put(out, severity_name(f->severity), false);
        put(out, finding_kind_name(f->kind), false);
        put(out, f->rule, false);
        put_number(out, f->confidence, false);
        put(out, f->title, false);
        put(out, path_of(report, e != NULL ? e->artifact : f->artifact), false);
        put_number(out, e != NULL ? e->offset : 0, false);
        put(out, e != NULL ? e->text : NULL, true);
    }
    return finish(out);
}

status_t csv_write_files(const report_t *report, buffer_t *out)
{
    buffer_append_text(out, "id,path,type,size,sha256,format,mode,uid,gid,mtime\r\n");
    for (size_t i = 0; i < report->artifact_count; i++) {
        const report_artifact_t *a = &report->artifacts[i];
        char                     hex[SHA256_HEX];
        hex_encode(a->sha256.bytes, SHA256_SIZE, hex);
        buffer_printf(out, "a%zu,", i + 1);
        put(out, a->path, false);
        put(out, child_type_name(a->type), false);
        put_number(out, a->size, false);
        put(out, hex, false);
        put(out, a->format, false);
        if (a->has_mode)
            buffer_printf(out, "%04o", (unsigned)a->mode);
        buffer_append_text(out, ",");
        if (a->has_owner)
            buffer_printf(out, "%" PRIu32 ",%" PRIu32, a->uid, a->gid);
        buffer_append_text(out, a->has_owner ? "," : ",,");
        if (a->has_mtime)
            buffer_printf(out, "%" PRId64, a->mtime);
        buffer_append_text(out, "\r\n");
    }
    return finish(out);
}
