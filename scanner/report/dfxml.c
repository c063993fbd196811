/* Source: DFXML working group, dfxml_schema 1.2 (dfxml.xsd), and what fiwalk of The Sleuth Kit writes. */
#include "report/dfxml.h"

#include "report/markup.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static void element(buffer_t *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buffer_printf(out, "      <%s>", name);
    markup_text(out, text);
    buffer_printf(out, "</%s>\n", name);
}

/* name_type as fiwalk writes it. */
static const char *name_type(child_type_t type)
{
    switch (type) {
    case CHILD_DIRECTORY: return "d";
    case CHILD_SYMLINK: return "l";
    case CHILD_CHAR_DEVICE: return "c";
    case CHILD_BLOCK_DEVICE: return "b";
    case CHILD_FIFO: return "p";
    case CHILD_SOCKET: return "s";
    default: return "r";
    }
}

static void write_time(buffer_t *out, int64_t seconds)
{
    struct tm utc;
    char      text[64];
    time_t    when = (time_t)seconds;
    if (gmtime_r(&when, &utc) != NULL && utc.tm_year >= -1900 && utc.tm_year <= 9999 - 1900
        && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        element(out, "mtime", text);
}

static void write_digest(buffer_t *out, const char *kind, const uint8_t *bytes, size_t size)
{
    char hex[SHA512_HEX];
    hex_encode(bytes, size, hex);
    buffer_printf(out, "      <hashdigest type=\"%s\">%s</hashdigest>\n", kind, hex);
}

/* Offsets are in the parent: only for what stands directly in an input are they offsets in the image as well. */
static void write_runs(buffer_t *out, const report_t *report, const report_artifact_t *a)
{
    bool in_input = a->parent < report->artifact_count && report->artifacts[a->parent].parent >= report->artifact_count;
    if (!a->has_at)
        return;
    buffer_printf(out, "      <byte_runs>\n        <byte_run file_offset=\"0\" %s=\"%" PRIu64 "\" len=\"%" PRIu64 "\"",
                  in_input ? "img_offset" : "assay:parent_offset",
                  a->at_offset, a->at_length);
    if (!in_input && a->parent < report->artifact_count) {
        buffer_append_text(out, " assay:parent=\"");
        markup_text(out, report->artifacts[a->parent].path);
        buffer_append_byte(out, '"');
    }
    buffer_append_text(out, "/>\n      </byte_runs>\n");
}

static void write_object(buffer_t *out, const report_t *report, const report_artifact_t *a)
{
    bool has_content = a->type == CHILD_FILE || a->type == CHILD_PAYLOAD;
    buffer_append_text(out, "    <fileobject>\n");
    element(out, "filename", a->path);
    element(out, "name_type", name_type(a->type));
    buffer_printf(out, "      <filesize>%" PRIu64 "</filesize>\n", a->size);
    element(out, "alloc", strstr(a->path, "/[deleted]/") != NULL ? "0" : "1");
    if (a->has_mode)
        buffer_printf(out, "      <mode>%04o</mode>\n", (unsigned)a->mode);
    if (a->has_owner)
        buffer_printf(out, "      <uid>%" PRIu32 "</uid>\n      <gid>%" PRIu32 "</gid>\n", a->uid, a->gid);
    if (a->has_mtime)
        write_time(out, a->mtime);
    element(out, "libmagic", a->description);
    element(out, "link_target", a->link);
    write_runs(out, report, a);
    if (has_content)
        write_digest(out, "sha256", a->sha256.bytes, SHA256_SIZE);
    if (a->damaged)
        buffer_append_text(out, "      <assay:damaged/>\n");
    buffer_append_text(out, "    </fileobject>\n");
}

static void write_head(buffer_t *out, const report_t *report)
{
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<dfxml xmlns=\"http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML\"\n"
                            "       xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
                            "       xmlns:assay=\"https://assay.dev/dfxml/v1\" version=\"1.2.0\">\n"
                            "  <metadata>\n    <dc:type>Disk Image</dc:type>\n  </metadata>\n"
                            "  <creator version=\"1.0\">\n    <program>assay</program>\n    <version>");
    markup_text(out, report->version);
    buffer_append_text(out, "</version>\n  </creator>\n");
}

status_t dfxml_write(const report_t *report, buffer_t *out)
{
    write_head(out, report);
    for (size_t i = 0; i < report->input_count; i++) {
        buffer_append_text(out, "  <source>\n");
        element(out, "image_filename", report->inputs[i].name);
        buffer_printf(out, "      <image_size>%" PRIu64 "</image_size>\n", report->inputs[i].size);
        write_digest(out, "sha256", report->inputs[i].sha256.bytes, SHA256_SIZE);
        write_digest(out, "sha512", report->inputs[i].sha512.bytes, SHA512_SIZE);
        buffer_append_text(out, "  </source>\n");
    }
    buffer_append_text(out, "  <volume offset=\"0\">\n");
    for (size_t i = 0; i < report->artifact_count; i++)
        write_object(out, report, &report->artifacts[i]);
    buffer_append_text(out, "  </volume>\n</dfxml>\n");
    return out->failed ? status_fail(STATUS_MEMORY, "dfxml", 0, "out of memory") : ok();
}
