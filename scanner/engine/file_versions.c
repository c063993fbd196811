#include "engine/file_versions.h"

#include "analysis/components.h"
#include "analysis/packages/purl.h"

#include <stdlib.h>

enum { VERSION_BYTES_MAX = 64 };

/* Of one blob: the record that lacks a version, and what is known so far. */
typedef struct { record_t *component; const char *pattern, *version; } library_t;

static bool is_version(span_t version)
{
    size_t dots = 0;
    for (size_t i = 0; i < version.size; i++) {
        bool dot = version.at[i] == '.';
        dots += dot;
        if (dot ? i == 0 || i + 1 == version.size || version.at[i - 1] == '.' : version.at[i] < '0' || version.at[i] > '9')
            return false;
    }
    return version.size <= VERSION_BYTES_MAX && dots > 0;
}

/* The version that `pairs` ("18.3=2.12.1 18.2=2.12.0") give for `key`; empty: none. */
static span_t look_up(const char *pairs, span_t key)
{
    while (*pairs != '\0') {
        size_t size  = strcspn(pairs, " ");
        span_t pair  = span_from(pairs, size);
        if (pair.size > key.size && span_starts_with(pair, key) && pair.at[key.size] == '=')
            return span_from_offset(pair, key.size + 1);
        pairs += size + strspn(pairs + size, " ");
    }
    return (span_t){NULL, 0};
}

const char *file_version_of(const char *pattern, span_t file_name, arena_t *arena)
{
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return NULL;
    size_t end    = strcspn(star + 1, " ");
    span_t before = span_from(pattern, (size_t)(star - pattern)), behind = span_from(star + 1, end);
    if (file_name.size <= before.size + behind.size || !span_starts_with(file_name, before) ||
        !span_equal(span_from_offset(file_name, file_name.size - behind.size), behind))
        return NULL;
    span_t version = span_sub(file_name, before.size, file_name.size - before.size - behind.size);
    if (star[1 + end] == ' ')
        version = look_up(star + 1 + end + 1, version);
    return version.size > 0 && is_version(version) ? arena_text(arena, version) : NULL;
}

static library_t find_library(collector_t *collector, uint32_t blob)
{
    size_t    count;
    record_t *said    = collector_said(collector, blob, &count);
    library_t library = {.pattern = NULL};
    for (size_t i = 0; i < count; i++) {
        if (said[i].type == RECORD_FACT && strcmp(said[i].fact.key, FILE_VERSION_FACT) == 0)
            library.pattern = said[i].fact.value;
        else if (said[i].type == RECORD_COMPONENT && said[i].component.version == NULL && strcmp(said[i].component.evidence.method, "soname") == 0)
            library.component = &said[i];
    }
    if (library.component == NULL)
        library.pattern = NULL;
    return library;
}

static void look_at_name(library_t *libraries, uint32_t blob, span_t path, arena_t *arena)
{
    if (blob == NO_BLOB || libraries[blob].pattern == NULL)
        return;
    const uint8_t *slash   = path.size > 0 ? memrchr(path.at, '/', path.size) : NULL;
    span_t         name    = slash != NULL ? span_from_offset(path, (uint64_t)(slash - path.at) + 1) : path;
    const char    *version = file_version_of(libraries[blob].pattern, name, arena);
    if (version != NULL && (libraries[blob].version == NULL || strcmp(libraries[blob].version, version) < 0))
        libraries[blob].version = version;
}

static void complete(const library_t *library, arena_t *arena)
{
    record_t *r = library->component;
    r->component.version         = library->version;
    r->component.evidence.method = "file-name";
    if (r->component.purl != NULL)
        r->component.purl = purl_with_version(r->component.purl, library->version, arena);
    if (r->component.cpe != NULL)
        r->component.cpe = cpe_set_version(r->component.cpe, library->version, arena);
}

status_t file_versions_fill(collector_t *collector, arena_t *arena)
{
    const collector_root_t *roots;
    size_t     root_count = collector_roots(collector, &roots), count = collector_blobs(collector);
    library_t *libraries  = calloc(count + 1, sizeof *libraries);
    if (libraries == NULL)
        return status_fail(STATUS_MEMORY, "report", 0, "out of memory while looking for versions in names");
    for (uint32_t i = 0; i < count; i++)
        libraries[i] = find_library(collector, i);
    for (size_t i = 0; i < root_count; i++)
        look_at_name(libraries, roots[i].blob, span_from_text(roots[i].name), arena);
    for (uint32_t i = 0; i < count; i++) {
        const blob_t *blob = collector_blob(collector, i);
        for (uint32_t k = 0; k < blob->child_count; k++)
            look_at_name(libraries, blob->children[k].blob, blob->children[k].info->path, arena);
    }
    for (uint32_t i = 0; i < count; i++)
        if (libraries[i].version != NULL)
            complete(&libraries[i], arena);
    free(libraries);
    return ok();
}
