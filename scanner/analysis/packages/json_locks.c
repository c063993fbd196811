/* Lock files and manifests in JSON: composer.lock and vendor/composer/installed.json (getcomposer.org/doc/04-schema.md), .NET's deps.json and
 * packages.lock.json (learn.microsoft.com, "PackageReference in project files"), Pipfile.lock, conan.lock of Conan 1 and 2, CPAN's META.json
 * (CPAN::Meta::Spec), and the vcpkg manifest. */
#include "analysis/packages/json_pull.h"
#include "analysis/packages/reader.h"

enum { HEAD = 8192 };

static bool json_with(span_t blob, const char *a, const char *b)
{
    span_t head = span_clip(blob, 0, HEAD);
    return json_pull_begins(blob, '{') && text_holds(head, a) && (b == NULL || text_holds(head, b));
}

static void check_end(package_scan_t *scan)
{
    json_pull_t whole = json_pull_from(scan->blob);
    json_pull_skip(&whole);
    if (whole.broken)
        say_damage(scan, scan->blob.at + scan->blob.size, "the file ends within its object: packages may be missing");
}

/* "name/1.2#revision": two parts. False when there is no mark between. */
static bool split_at(span_t text, char mark, span_t *before, span_t *behind)
{
    const uint8_t *at = text.size > 0 ? memchr(text.at, mark, text.size) : NULL;
    if (at == NULL)
        return false;
    *before = span_sub(text, 0, (uint64_t)(at - text.at));
    *behind = span_from_offset(text, before->size + 1);
    return true;
}

static span_t until_any(span_t text, const char *marks)
{
    size_t size = 0;
    while (size < text.size && (text.at[size] == 0 || strchr(marks, text.at[size]) == NULL))
        size++;
    return span_sub(text, 0, size);
}

/* ---- composer -------------------------------------------------------------------------------------------------------- */

bool composer_lock_is(span_t blob) { return json_with(blob, "\"content-hash\"", "\"packages\"") ||
                                    json_with(blob, "getcomposer.org", "\"packages\""); }
bool composer_installed_is(span_t blob)
{
    return (json_pull_begins(blob, '{') || json_pull_begins(blob, '[')) && text_holds(span_clip(blob, 0, HEAD), "\"version_normalized\"");
}

static void say_composer(package_scan_t *scan, json_pull_t *j, component_scope_t scope)
{
    span_t key, vendor, product, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0}, text;
    json_pull_t needs = {.broken = true};
    if (!json_pull_enter(j, '{')) {
        json_pull_skip(j);
        return;
    }
    while (json_pull_member(j, &key)) {
        if (text_is(key, "license") && json_pull_enter(j, '[')) {
            while (json_pull_item(j))
                if (json_pull_text(j, &text) && licence.at == NULL)
                    licence = text;
            continue;
        }
        if (text_is(key, "require"))
            needs = *j;
        span_t *field = text_is(key, "name") ? &name : text_is(key, "version") ? &version : NULL;
        if (json_pull_text(j, &text) && field != NULL)
            *field = text;
    }
    if (!split_at(name, '/', &vendor, &product))
        return;
    if (version.size > 1 && version.at[0] == 'v')
        version = span_from_offset(version, 1);
    const char *purl = say_package(scan, &(package_t){.type = "composer", .space = say_text(scan, vendor), .name = product, .version = version,
                                                      .licence = licence,
                                                      .evidence = name, .scope = scope, .confidence = 90});
    if (purl == NULL || needs.broken || !json_pull_enter(&needs, '{'))
        return;
    while (json_pull_member(&needs, &key))
        if (json_pull_text(&needs, &text) && split_at(key, '/', &vendor, &product))
            say_relation_to_package(scan, RELATION_DEPENDS_ON, purl, "composer", say_text(scan, vendor), product, text, key);
}

static void read_composer(package_scan_t *scan, const char *list, component_scope_t scope)
{
    json_pull_t j;
    bool        there = json_pull_find(scan->blob, list, &j);
    if (!there)
        j = json_pull_from(scan->blob);
    if (json_pull_enter(&j, '['))
        while (!scan->full && json_pull_item(&j))
            say_composer(scan, &j, scope);
}

void composer_lock_read(package_scan_t *scan)
{
    read_composer(scan, "packages", SCOPE_DECLARED);
    read_composer(scan, "packages-dev", SCOPE_DECLARED);
    check_end(scan);
}

void composer_installed_read(package_scan_t *scan)
{
    read_composer(scan, "packages", SCOPE_INSTALLED);
    check_end(scan);
}

/* ---- .NET ------------------------------------------------------------------------------------------------------------- */

bool nuget_deps_is(span_t blob) { return json_with(blob, "\"runtimeTarget\"", NULL); }
bool nuget_lock_is(span_t blob) { return json_with(blob, "\"dependencies\"", "\"resolved\"") && json_with(blob, "\"contentHash\"", "\"type\""); }

/* {"targets": {".NETCoreApp,…": {"Name/1.2.3": {"dependencies": {…}}}}} */
void nuget_deps_read(package_scan_t *scan)
{
    json_pull_t j;
    span_t      target, key, name, version, need, field;
    if (json_pull_find(scan->blob, "targets", &j) && json_pull_enter(&j, '{'))
        while (!scan->full && json_pull_member(&j, &target)) {
            if (!json_pull_enter(&j, '{')) {
                json_pull_skip(&j);
                continue;
            }
            while (!scan->full && json_pull_member(&j, &key)) {
                json_pull_t inside = j;
                json_pull_skip(&j);
                const char *purl = split_at(key, '/', &name, &version)
                                       ? say_package(scan,
                                                     &(package_t){.type = "nuget", .name = name, .version = version, .evidence = key,
                                                                  .scope = SCOPE_INSTALLED, .confidence = 90})
                                       : NULL;
                if (purl == NULL || !json_pull_enter(&inside, '{'))
                    continue;
                while (json_pull_member(&inside, &field)) {
                    if (!text_is(field, "dependencies") || !json_pull_enter(&inside, '{')) {
                        json_pull_skip(&inside);
                        continue;
                    }
                    while (json_pull_member(&inside, &need))
                        if (json_pull_text(&inside, &version))
                            say_relation_to_package(scan, RELATION_DEPENDS_ON, purl, "nuget", NULL, need, version, need);
                }
            }
        }
    check_end(scan);
}

/* {"dependencies": {"net6.0": {"Name": {"resolved": "1.2.3"}}}} */
void nuget_lock_read(package_scan_t *scan)
{
    static const char *const keys[] = {"resolved", NULL};
    json_pull_t              j;
    span_t                   target, name, resolved[1];
    if (json_pull_find(scan->blob, "dependencies", &j) && json_pull_enter(&j, '{'))
        while (!scan->full && json_pull_member(&j, &target)) {
            if (!json_pull_enter(&j, '{')) {
                json_pull_skip(&j);
                continue;
            }
            while (!scan->full && json_pull_member(&j, &name)) {
                json_pull_fields(&j, keys, resolved);
                if (resolved[0].at != NULL)
                    (void)say_package(scan, &(package_t){.type = "nuget", .name = name, .version = resolved[0], .evidence = name,
                                                         .scope = SCOPE_DECLARED, .confidence = 80});
            }
        }
    check_end(scan);
}

/* ---- Pipfile.lock ----------------------------------------------------------------------------------------------------- */

bool pipfile_lock_is(span_t blob) { return json_with(blob, "\"pipfile-spec\"", "\"_meta\""); }

void pipfile_lock_read(package_scan_t *scan)
{
    static const char *const keys[] = {"version", NULL}, *const groups[] = {"default", "develop"};
    json_pull_t              j;
    span_t                   name, version[1];
    for (size_t i = 0; i < 2; i++)
        if (json_pull_find(scan->blob, groups[i], &j) && json_pull_enter(&j, '{'))
            while (!scan->full && json_pull_member(&j, &name)) {
                json_pull_fields(&j, keys, version);
                while (version[0].size > 0 && version[0].at[0] == '=')
                    version[0] = span_from_offset(version[0], 1);
                if (version[0].size > 0)
                    (void)say_package(scan, &(package_t){.type = "pypi", .name = name, .version = version[0], .evidence = name,
                                                         .scope = SCOPE_DECLARED, .confidence = 80});
            }
    check_end(scan);
}

/* ---- conan.lock ------------------------------------------------------------------------------------------------------- */

bool conan_lock_is(span_t blob) { return json_with(blob, "\"graph_lock\"", "\"nodes\"") ||
                                 (json_with(blob, "\"requires\"", "\"build_requires\"") && json_with(blob, "\"version\"", NULL)); }

/* "zlib/1.2.13@user/channel#revision%time" */
static void say_conan(package_scan_t *scan, span_t reference)
{
    span_t name, rest;
    if (split_at(reference, '/', &name, &rest))
        (void)say_package(scan, &(package_t){.type = "conan", .name = name, .version = until_any(rest, "@#%"), .evidence = reference,
                                             .scope = SCOPE_DECLARED, .confidence = 80});
}

void conan_lock_read(package_scan_t *scan)
{
    static const char *const keys[] = {"ref", NULL};
    json_pull_t              j;
    span_t                   key, reference[1];
    if (json_pull_find(scan->blob, "requires", &j) && json_pull_enter(&j, '['))
        while (!scan->full && json_pull_item(&j))
            if (json_pull_text(&j, &reference[0]))
                say_conan(scan, reference[0]);
    if (json_pull_find(scan->blob, "graph_lock", &j) && json_pull_enter(&j, '{'))
        while (json_pull_member(&j, &key)) {
            if (!text_is(key, "nodes") || !json_pull_enter(&j, '{')) {
                json_pull_skip(&j);
                continue;
            }
            while (!scan->full && json_pull_member(&j, &key)) {
                json_pull_fields(&j, keys, reference);
                say_conan(scan, reference[0]);
            }
        }
    check_end(scan);
}

/* ---- CPAN ------------------------------------------------------------------------------------------------------------- */

bool cpan_meta_is(span_t blob) { return json_pull_begins(blob, '{') && text_holds(span_clip(blob, 0, 65536), "\"meta-spec\""); }

void cpan_meta_read(package_scan_t *scan)
{
    static const char *const keys[] = {"name", "version", NULL};
    json_pull_t              j = json_pull_from(scan->blob), licences;
    span_t                   values[2], licence = {NULL, 0};
    json_pull_fields(&j, keys, values);
    if (json_pull_find(scan->blob, "license", &licences) && json_pull_enter(&licences, '[') && json_pull_item(&licences))
        (void)json_pull_text(&licences, &licence);
    if (values[1].size > 1 && values[1].at[0] == 'v')
        values[1] = span_from_offset(values[1], 1);
    (void)say_package(scan, &(package_t){.type = "cpan", .name = values[0], .version = values[1], .licence = licence, .evidence = values[0],
                                         .scope = SCOPE_INSTALLED, .confidence = 95});
}

/* ---- vcpkg.json ------------------------------------------------------------------------------------------------------- */

bool vcpkg_manifest_is(span_t blob) { return json_with(blob, "vcpkg.schema.json", "\"name\"") || json_with(blob, "\"builtin-baseline\"", "\"name\"");
                                     }

void vcpkg_manifest_read(package_scan_t *scan)
{
    static const char *const keys[] = {"name", "version", "version-string", "version-semver", "version-date", "license", NULL};
    json_pull_t              j = json_pull_from(scan->blob);
    span_t                   v[6];
    json_pull_fields(&j, keys, v);
    for (size_t i = 2; i < 5 && v[1].at == NULL; i++)
        v[1] = v[i];
    if (v[0].at != NULL && v[1].at != NULL)
        (void)say_package(scan, &(package_t){.type = "vcpkg", .name = v[0], .version = v[1], .licence = v[5], .evidence = v[0],
                                             .scope = SCOPE_DECLARED, .confidence = 80});
}
