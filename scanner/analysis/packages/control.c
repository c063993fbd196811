#include "analysis/packages/control.h"

#include "analysis/packages/purl.h"

static span_t trim(span_t s)
{
    while (s.size > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = span_from_offset(s, 1);
    while (s.size > 0 && (s.at[s.size - 1] == ' ' || s.at[s.size - 1] == '\t' || s.at[s.size - 1] == '\r'))
        s.size--;
    return s;
}

/* The line at `*at`, without its line feed; moves behind it. */
static span_t next_line(span_t text, size_t *at)
{
    span_t         rest = span_from_offset(text, *at);
    const uint8_t *feed = memchr(rest.at, '\n', rest.size);
    size_t         size = feed != NULL ? (size_t)(feed - rest.at) : rest.size;
    *at += size + (feed != NULL ? 1 : 0);
    return span_sub(rest, 0, size);
}

static bool is_field(span_t name, const char *field) { return name.size == strlen(field) && strncasecmp((const char *)name.at, field, name.size) == 0; }

static void keep(span_t *field, span_t value)
{
    if (field->at == NULL)
        *field = value;
}

static void read_field(stanza_t *stanza, span_t line)
{
    const uint8_t *colon = memchr(line.at, ':', line.size < 64 ? line.size : 64);
    if (colon == NULL || line.at[0] == ' ' || line.at[0] == '\t')
        return;
    span_t name  = span_sub(line, 0, (uint64_t)(colon - line.at));
    span_t value = trim(span_from_offset(line, (uint64_t)(colon - line.at) + 1));
    const struct { const char *name; span_t *value; } fields[] = {
        {"Package", &stanza->package},       {"Version", &stanza->version}, {"Architecture", &stanza->architecture}, {"Maintainer", &stanza->maintainer},
        {"Status", &stanza->status},         {"License", &stanza->licence}, {"SourceName", &stanza->source_name},    {"Filename", &stanza->filename},
        {"Installed-Time", &stanza->installed_time},
    };
    if (is_field(name, "Package") && stanza->package.at == NULL)
        stanza->package_line = trim(line);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (is_field(name, fields[i].name))
            keep(fields[i].value, value);
}

bool control_next(span_t text, size_t *at, stanza_t *stanza)
{
    *stanza = (stanza_t){.package = {NULL, 0}};
    while (*at < text.size) {
        span_t line = next_line(text, at);
        if (trim(line).size > 0)
            read_field(stanza, line);
        else if (stanza->package.at != NULL)
            return true;
        else
            *stanza = (stanza_t){.package = {NULL, 0}};
    }
    return stanza->package.at != NULL;
}

bool control_begins(span_t text)
{
    span_t head = span_clip(text, 0, 4096);
    return head.size > 16 && strncasecmp((const char *)head.at, "Package:", 8) == 0 && memchr(head.at, '\0', head.size) == NULL;
}

bool control_first(span_t text, stanza_t *stanza, bool *is_only)
{
    stanza_t second;
    size_t   at = 0;
    if (!control_next(text, &at, stanza))
        return false;
    *is_only = !control_next(text, &at, &second);
    return true;
}

bool is_package_name(span_t name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (i > 0 && strchr("+-._", c) != NULL && c != 0)))
            return false;
    }
    return name.size > 0 && name.size <= 256;
}

bool is_package_version(span_t version)
{
    for (size_t i = 0; i < version.size; i++) {
        uint8_t c = version.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (strchr("+-._:~", c) != NULL && c != 0)))
            return false;
    }
    return version.size > 0 && version.size <= 256;
}

bool status_is_installed(span_t status)
{
    static const char *const states[] = {"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"};
    size_t                   start    = status.size;
    while (start > 0 && status.at[start - 1] != ' ' && status.at[start - 1] != '\t')
        start--;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (start > 0 && span_equal(span_from_offset(status, start), span_from_text(states[i])))
            return true;
    return false;
}

/* A field for a report: cut to what a record may hold; NULL when absent, empty or not text. */
static const char *text_of(span_t value, arena_t *arena)
{
    span_t cut = span_clip(value, 0, TEXT_SHORT_MAX - 1);
    return value.at != NULL && cut.size > 0 && memchr(cut.at, '\0', cut.size) == NULL ? arena_text(arena, cut) : NULL;
}

void control_say(span_t blob, const stanza_t *stanza, const package_kind_t *kind, arena_t *arena, sink_t *sink)
{
    uint64_t offset = (uint64_t)(stanza->package_line.at - blob.at);
    if (!is_package_name(stanza->package) || !is_package_version(stanza->version)) {
        sink_note(sink, offset, "a package without a sound name or version was left out");
        return;
    }
    const char *name = text_of(stanza->package, arena), *version = text_of(stanza->version, arena), *arch = text_of(stanza->architecture, arena);
    if (name == NULL || version == NULL) {
        sink_limit(sink, offset, blob.size - offset, "memory", "out of memory: packages were left out");
        return;
    }
    record_t record           = {.type = RECORD_COMPONENT};
    record.component.name     = name;
    record.component.version  = version;
    record.component.supplier = text_of(stanza->maintainer, arena);
    record.component.purl     = purl_of(kind->type, kind->space, name, version, arch, arena);
    record.component.licence  = text_of(stanza->licence, arena);
    record.component.evidence = (evidence_t){offset, stanza->package_line.size, kind->method, span_clip(stanza->package_line, 0, TEXT_SHORT_MAX), 100};
    sink_say(sink, &record);
}
