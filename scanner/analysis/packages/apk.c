/* apk's lib/apk/db/installed: one-letter fields, an empty line between packages (apk-tools, "Alpine package format",
 * wiki.alpinelinux.org/wiki/Apk_spec). P: name, V: version, A: architecture, L: licence, m: maintainer, o: origin (the source package),
 * D: depends, p: provides, F: a directory, R: a file in it. And the .PKGINFO of one package: "pkgname = musl". */
#include "analysis/packages/purl.h"
#include "analysis/packages/reader.h"

typedef struct { span_t name, version, arch, licence, maintainer, origin, depends, provides, evidence; } apk_t;

bool apk_installed_is(span_t blob)
{
    return (text_begins(blob, "C:Q1") || text_begins(blob, "C:Q2") || text_begins(blob, "P:")) && text_is_text(blob) &&
           text_holds(span_clip(blob, 0, 4096), "\nV:");
}

/* "so:libc.musl-armhf.so.1", "cmd:ls=1", "musl>=1.2", "!conflict": so: is a soname, a plain name a package; the others are no software. */
static void say_words(package_scan_t *scan, relation_kind_t kind, const char *purl, const char *space, span_t words)
{
    span_t word;
    for (span_t rest = words; text_part(&rest, ' ', &word);) {
        size_t size = 0;
        while (size < word.size && strchr("<>=~", word.at[size]) == NULL)
            size++;
        span_t name = span_sub(word, 0, size), constraint = size < word.size ? span_from_offset(word, size) : (span_t){NULL, 0};
        if (text_begins(name, "so:"))
            say_relation(scan, kind, purl, arena_printf(scan->arena, "soname:%.*s", (int)name.size - 3, (const char *)name.at + 3), constraint, word);
        else if (name.size > 0 && name.at[0] != '!' && memchr(name.at, ':', name.size) == NULL && name.at[0] != '/')
            say_relation_to_package(scan, kind, purl, "apk", space, name, constraint, word);
    }
}

static const char *say_apk(package_scan_t *scan, const apk_t *apk, const char *space)
{
    const char *purl = say_package(scan, &(package_t){.type = "apk", .space = space, .name = apk->name, .version = apk->version, .arch = apk->arch,
                                                      .licence = apk->licence,
                                                      .supplier = apk->maintainer, .evidence = apk->evidence, .scope = SCOPE_INSTALLED});
    if (purl == NULL)
        return NULL;
    const char *origin = say_text(scan, apk->origin);
    if (origin != NULL)
        say_relation(scan, RELATION_GENERATED_FROM, purl, purl_of("apk", space, origin, say_text(scan, apk->version), "source", scan->arena),
                     (span_t){NULL, 0}, apk->origin);
    say_words(scan, RELATION_DEPENDS_ON, purl, space, apk->depends);
    say_words(scan, RELATION_PROVIDES, purl, space, apk->provides);
    return purl;
}

/* One package; returns where the next begins. */
static size_t next_package(span_t blob, size_t at, apk_t *apk)
{
    span_t line;
    *apk = (apk_t){.name = {NULL, 0}};
    while (text_line(blob, &at, &line) && line.size > 0) {
        if (line.size < 2 || line.at[1] != ':')
            continue;
        span_t value = span_from_offset(line, 2);
        switch (line.at[0]) {
        case 'P': apk->name = value; apk->evidence = line; break;
        case 'V': apk->version = value; break;
        case 'A': apk->arch = value; break;
        case 'L': apk->licence = value; break;
        case 'm': apk->maintainer = value; break;
        case 'o': apk->origin = value; break;
        case 'D': apk->depends = value; break;
        case 'p': apk->provides = value; break;
        default: break;
        }
    }
    return at;
}

static void say_files(package_scan_t *scan, const char *purl, span_t lines)
{
    span_t line, folder = {NULL, 0};
    for (size_t at = 0; text_line(lines, &at, &line);) {
        if (text_begins(line, "F:"))
            folder = span_from_offset(line, 2);
        else if (text_begins(line, "R:") && folder.size + line.size < TEXT_SHORT_MAX)
            say_relation(scan, RELATION_CONTAINS, purl,
                         arena_printf(scan->arena, "path:/%.*s/%.*s", (int)folder.size, (const char *)folder.at, (int)line.size - 2,
                                      (const char *)line.at + 2),
                         (span_t){NULL, 0}, line);
    }
}

void apk_installed_read(package_scan_t *scan)
{
    const char *space = text_holds(scan->blob, "\nP:alpine-") ? "alpine" : NULL;
    size_t      last  = 0;
    for (size_t at = 0; at < scan->blob.size && !scan->full;) {
        apk_t apk;
        last             = at;
        at               = next_package(scan->blob, at, &apk);
        const char *purl = apk.name.at != NULL && apk.version.at != NULL ? say_apk(scan, &apk, space) : NULL;
        if (purl != NULL)
            say_files(scan, purl, span_sub(scan->blob, last, at - last));
    }
    if (scan->blob.at[scan->blob.size - 1] != '\n' || memchr(scan->blob.at, '\0', scan->blob.size) != NULL)
        say_damage(scan, scan->blob.at + last, "the database ends within a package, or is not all text");
}

bool apk_pkginfo_is(span_t blob)
{
    span_t head = span_clip(blob, 0, 1024);
    return text_is_text(blob) && (text_begins(head, "pkgname = ") ||
                                  (text_begins(head, "# Generated by abuild") && text_holds(head, "\npkgname = ")));
}

void apk_pkginfo_read(package_scan_t *scan)
{
    apk_t  apk = {.name = {NULL, 0}};
    span_t line, key, value;
    const struct { const char *key; span_t *field; } fields[] = {
        {"pkgname", &apk.name}, {"pkgver", &apk.version}, {"arch", &apk.arch}, {"license", &apk.licence}, {"maintainer", &apk.maintainer},
            {"origin", &apk.origin},
    };
    for (size_t at = 0; text_line(scan->blob, &at, &line);)
        for (size_t i = 0; text_pair(line, '=', &key, &value) && i < sizeof fields / sizeof *fields; i++)
            if (text_is(key, fields[i].key) && fields[i].field->at == NULL) {
                *fields[i].field = value;
                apk.evidence     = i == 0 ? line : apk.evidence;
            }
    const char *purl = apk.name.at != NULL && apk.version.at != NULL ? say_apk(scan, &apk, NULL) : NULL;
    for (size_t at = 0; purl != NULL && text_line(scan->blob, &at, &line);)
        if (text_pair(line, '=', &key, &value) && (text_is(key, "depend") || text_is(key, "provides")))
            say_words(scan, text_is(key, "depend") ? RELATION_DEPENDS_ON : RELATION_PROVIDES, purl, NULL, value);
}
