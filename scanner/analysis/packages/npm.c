/* npm (docs.npmjs.com, "package.json", "package-lock.json" of lockfileVersion 1 to 3) and yarn.lock (classic and berry). A package.json stands in
 * what it describes; a lock file says what is to be fetched. */
#include "analysis/packages/json_pull.h"
#include "analysis/packages/purl.h"
#include "analysis/packages/reader.h"

enum { NESTING_MAX = 32, HEAD = 65536, PACKAGE_JSON_MAX = 1 << 20 };

/* "@scope/name" has its scope as the space. */
typedef struct { const char *space; span_t name; } npm_name_t;

static npm_name_t split_name(const package_scan_t *scan, span_t name)
{
    const uint8_t *slash = name.size > 0 && name.at[0] == '@' ? memchr(name.at, '/', name.size) : NULL;
    if (slash == NULL)
        return (npm_name_t){NULL, name};
    size_t scope = (size_t)(slash - name.at);
    return (npm_name_t){say_text(scan, span_sub(name, 0, scope)), span_from_offset(name, scope + 1)};
}

static const char *say_npm(package_scan_t *scan, span_t name, span_t version, span_t licence, span_t subpath, span_t evidence,
                           component_scope_t scope)
{
    npm_name_t split = split_name(scan, name);
    return say_package(scan, &(package_t){.type = "npm", .space = split.space, .name = split.name, .version = version, .licence = licence,
                                          .evidence = evidence,
                                          .subpath = subpath, .scope = scope, .confidence = scope == SCOPE_DECLARED ? 80 : 95});
}

/* {"name": "range"} */
static void say_needs(package_scan_t *scan, json_pull_t *j, const char *from)
{
    span_t name, range;
    if (!json_pull_enter(j, '{')) {
        json_pull_skip(j);
        return;
    }
    while (json_pull_member(j, &name))
        if (json_pull_text(j, &range) && from != NULL) {
            npm_name_t split = split_name(scan, name);
            say_relation_to_package(scan, RELATION_DEPENDS_ON, from, "npm", split.space, split.name, range, name);
        }
}

/* ---- package.json ---------------------------------------------------------------------------------------------------- */

bool npm_package_is(span_t blob)
{
    static const char *const marks[] = {"\"main\"", "\"scripts\"", "\"license\"", "\"repository\"", "\"_id\"", "\"exports\"", "\"engines\"",
                                        "\"files\"", "\"type\"", "\"author\""};
    span_t                   head    = span_clip(blob, 0, HEAD);
    if (blob.size > PACKAGE_JSON_MAX || !json_pull_begins(blob, '{') || !text_holds(head, "\"name\"") || !text_holds(head, "\"version\"") ||
        text_holds(head, "\"lockfileVersion\""))
        return false;
    json_pull_t name, version;
    span_t      text;
    bool        marked = false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks && !marked; i++)
        marked = text_holds(head, marks[i]);
    return marked && json_pull_find(blob, "name", &name) && json_pull_text(&name, &text) && json_pull_find(blob, "version", &version) &&
        json_pull_text(&version, &text) &&
           text.size > 0 && text.at[0] >= '0' && text.at[0] <= '9';
}

void npm_package_read(package_scan_t *scan)
{
    json_pull_t j = json_pull_from(scan->blob);
    span_t      key, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0};
    (void)json_pull_enter(&j, '{');
    while (json_pull_member(&j, &key)) {
        span_t *field = text_is(key, "name") ? &name : text_is(key, "version") ? &version : text_is(key, "license") ? &licence : NULL;
        span_t  value;
        if (json_pull_text(&j, &value) && field != NULL && field->at == NULL)
            *field = value;
    }
    const char *purl = say_npm(scan, name, version, licence, (span_t){NULL, 0}, name, SCOPE_INSTALLED);
    json_pull_t needs;
    if (purl != NULL && json_pull_find(scan->blob, "dependencies", &needs))
        say_needs(scan, &needs, purl);
    if (j.broken)
        say_damage(scan, scan->blob.at + scan->blob.size, "the file ends within its object");
}

/* ---- package-lock.json ------------------------------------------------------------------------------------------------ */

bool npm_lock_is(span_t blob) { return json_pull_begins(blob, '{') && text_holds(span_clip(blob, 0, 4096), "\"lockfileVersion\""); }

/* "node_modules/a/node_modules/@b/c": what stands behind the last node_modules/. */
static span_t name_of_path(span_t path)
{
    span_t name = path;
    for (span_t next = text_find(name, "node_modules/"); next.at != NULL; next = text_find(name, "node_modules/"))
        name = span_from_offset(next, strlen("node_modules/"));
    return name;
}

static void say_locked(package_scan_t *scan, json_pull_t *j, span_t path)
{
    static const char *const keys[] = {"name", "version", "license", NULL};
    span_t                   values[3];
    json_pull_t              again = *j;
    json_pull_fields(j, keys, values);
    span_t      name = values[0].at != NULL ? values[0] : name_of_path(path);
    const char *purl = name.size > 0 && values[1].at != NULL
        ? say_npm(scan, name, values[1], values[2], path, path.size > 0 ? path : name, SCOPE_DECLARED) : NULL;
    span_t      key;
    if (purl == NULL || !json_pull_enter(&again, '{'))
        return;
    while (json_pull_member(&again, &key))
        if (text_is(key, "dependencies") || text_is(key, "optionalDependencies"))
            say_needs(scan, &again, purl);
        else
            json_pull_skip(&again);
}

/* Version 1: {"name": {"version": …, "requires": {…}, "dependencies": {…}}} */
static void say_nested(package_scan_t *scan, json_pull_t *j, unsigned depth)
{
    static const char *const keys[] = {"version", NULL};
    span_t                   name, key, version[1];
    if (!json_pull_enter(j, '{')) {
        json_pull_skip(j);
        return;
    }
    while (!scan->full && json_pull_member(j, &name)) {
        json_pull_t again = *j;
        json_pull_fields(j, keys, version);
        const char *purl = version[0].at != NULL ? say_npm(scan, name, version[0], (span_t){NULL, 0}, name, name, SCOPE_DECLARED) : NULL;
        if (!json_pull_enter(&again, '{'))
            continue;
        while (json_pull_member(&again, &key))
            if (text_is(key, "requires"))
                say_needs(scan, &again, purl);
            else if (text_is(key, "dependencies") && depth < NESTING_MAX)
                say_nested(scan, &again, depth + 1);
            else
                json_pull_skip(&again);
    }
}

void npm_lock_read(package_scan_t *scan)
{
    json_pull_t j, whole = json_pull_from(scan->blob);
    span_t      path;
    if (json_pull_find(scan->blob, "packages", &j) && json_pull_enter(&j, '{')) {
        while (!scan->full && json_pull_member(&j, &path))
            say_locked(scan, &j, path);
    } else if (json_pull_find(scan->blob, "dependencies", &j)) {
        say_nested(scan, &j, 0);
    }
    json_pull_skip(&whole);
    if (whole.broken)
        say_damage(scan, scan->blob.at + scan->blob.size, "the file ends within its object: packages may be missing");
}

/* ---- yarn.lock -------------------------------------------------------------------------------------------------------- */

bool yarn_lock_is(span_t blob)
{
    span_t head = span_clip(blob, 0, 512);
    return text_is_text(blob) && text_begins(head, "#") && (text_holds(head, "# yarn lockfile v1") || text_holds(head, "\n__metadata:"));
}

/* `"@babel/core@^7.0.0", "@babel/core@^7.1.0":` or `"is-odd@npm:^3.0.1":`: the name before the last part's at sign. */
static span_t name_of_key(span_t line)
{
    span_t first;
    span_t rest = span_sub(line, 0, line.size - 1);
    (void)text_part(&rest, ',', &first);
    first = text_trim(first);
    while (first.size > 0 && first.at[0] == '"')
        first = span_from_offset(first, 1);
    const uint8_t *at = first.size > 1 ? memchr(first.at + 1, '@', first.size - 1) : NULL;
    return at != NULL ? span_sub(first, 0, (uint64_t)(at - first.at)) : (span_t){NULL, 0};
}

void yarn_lock_read(package_scan_t *scan)
{
    span_t      line, name = {NULL, 0}, evidence = {NULL, 0};
    const char *purl  = NULL;
    bool        needs = false;
    for (size_t at = 0; !scan->full && text_line(scan->blob, &at, &line);) {
        span_t word = text_trim(line), key, value;
        if (line.size > 1 && !text_is_blank(line.at[0]) && line.at[0] != '#' && line.at[line.size - 1] == ':') {
            name     = text_begins(line, "__metadata") ? (span_t){NULL, 0} : name_of_key(line);
            evidence = line;
            purl     = NULL;
        } else if (name.size > 0 && text_begins(line, "  ") && text_begins(word, "version")) {
            if (!text_pair(word, word.size > 7 && word.at[7] == ':' ? ':' : ' ', &key, &value) || text_holds(text_unquote(value), "use.local"))
                continue;
            purl = say_npm(scan, name, text_unquote(value), (span_t){NULL, 0}, (span_t){NULL, 0}, text_from_to(evidence, word), SCOPE_DECLARED);
        }
        if (text_begins(line, "    ") && needs && purl != NULL && word.size > 1) {
            bool       quoted = word.at[0] == '"';
            const uint8_t *end = memchr(word.at + 1, quoted ? '"' : ' ', word.size - 1);
            span_t     need  = end != NULL ? span_sub(word, quoted ? 1 : 0, (uint64_t)(end - word.at) - (quoted ? 1 : 0)) : word;
            need.size -= need.size > 0 && need.at[need.size - 1] == ':' ? 1 : 0;
            npm_name_t split = split_name(scan, need);
            say_relation_to_package(scan, RELATION_DEPENDS_ON, purl, "npm", split.space, split.name, (span_t){NULL, 0}, word);
        } else {
            needs = text_is(word, "dependencies:") || text_is(word, "optionalDependencies:");
        }
    }
}
