#include "analysis/packages/control.h"

static bool is_field(span_t name, const char *field) { return name.size == strlen(field) &&
                                                      strncasecmp((const char *)name.at, field, name.size) == 0; }

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
    span_t value = text_trim(span_from_offset(line, (uint64_t)(colon - line.at) + 1));
    const struct { const char *name; span_t *value; } fields[] = {
        {"Package", &stanza->package},       {"Version", &stanza->version}, {"Architecture", &stanza->architecture},
            {"Maintainer", &stanza->maintainer},
        {"Status", &stanza->status},         {"License", &stanza->licence}, {"SourceName", &stanza->source_name},    {"Filename", &stanza->filename},
        {"Installed-Time", &stanza->installed_time}, {"Source", &stanza->source}, {"Depends", &stanza->depends},
            {"Pre-Depends", &stanza->pre_depends},
        {"Provides", &stanza->provides},     {"LicenseFiles", &stanza->licence_files},
    };
    if (is_field(name, "Package") && stanza->package.at == NULL)
        stanza->package_line = text_trim(line);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (is_field(name, fields[i].name))
            keep(fields[i].value, value);
}

bool control_next(span_t text, size_t *at, stanza_t *stanza)
{
    span_t line;
    *stanza = (stanza_t){.package = {NULL, 0}};
    while (text_line(text, at, &line)) {
        if (text_trim(line).size > 0)
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

/* "libc6 (>= 2.36)", "perl:any", "libgcc (>= 1) [amd64]": the name, and what stands in the parentheses. */
static void split_relation(span_t text, span_t *name, span_t *constraint)
{
    size_t size = 0;
    while (size < text.size && !text_is_blank(text.at[size]) && strchr("(:[=<>", text.at[size]) == NULL)
        size++;
    *name       = span_sub(text, 0, size);
    span_t open = text_find(text, "(");
    span_t shut = text_find(open, ")");
    *constraint = shut.at != NULL ? text_trim(span_sub(open, 1, (uint64_t)(shut.at - open.at) - 1)) : (span_t){NULL, 0};
}

void control_say_relations(package_scan_t *scan, relation_kind_t kind, const char *from, const package_kind_t *of, span_t list)
{
    span_t item, one;
    for (span_t rest = list; text_part(&rest, ',', &item);) {
        bool choice = text_holds(item, "|");
        for (span_t alternatives = item; text_part(&alternatives, '|', &one);) {
            span_t name, constraint, place = text_trim(one);
            split_relation(place, &name, &constraint);
            if (kind == RELATION_PROVIDES && name.size > 4 && (text_begins(name, "lib") && text_holds(name, ".so")))
                say_relation(scan, kind, from, arena_printf(scan->arena, "soname:%.*s", (int)name.size, (const char *)name.at), constraint, place);
            say_relation_to_package(scan, kind, from, of->type, of->space, name, choice ? text_trim(item) : constraint, place);
        }
    }
}

const char *control_say(package_scan_t *scan, const stanza_t *stanza, const package_kind_t *kind, const char *others)
{
    const package_kind_t needed = {kind->type, others};
    if (stanza->version.at == NULL) {
        sink_note(scan->sink, (uint64_t)(stanza->package_line.at - scan->blob.at), "a package without a sound name or version was left out");
        return NULL;
    }
    const char *purl = say_package(scan, &(package_t){.type = kind->type, .space = kind->space, .name = stanza->package, .version = stanza->version,
                                                      .arch = stanza->architecture, .licence = stanza->licence, .supplier = stanza->maintainer,
                                                      .evidence = stanza->package_line, .scope = SCOPE_INSTALLED});
    if (purl == NULL)
        return NULL;
    control_say_relations(scan, RELATION_DEPENDS_ON, purl, &needed, stanza->pre_depends);
    control_say_relations(scan, RELATION_DEPENDS_ON, purl, &needed, stanza->depends);
    control_say_relations(scan, RELATION_PROVIDES, purl, &needed, stanza->provides);
    return purl;
}

void control_check_end(package_scan_t *scan, const uint8_t *last)
{
    const uint8_t *nul = memchr(scan->blob.at, '\0', scan->blob.size);
    if (nul != NULL)
        say_damage(scan, nul, "a byte that no database of packages holds: what stands around it may be lost");
    else if (scan->blob.at[scan->blob.size - 1] != '\n')
        say_damage(scan, last, "the database ends within a package");
}
