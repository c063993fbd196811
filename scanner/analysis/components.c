#include "analysis/components.h"

#include "analysis/files.h"
#include "analysis/packages/purl.h"
#include "analysis/yaml.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* An anchor of fewer bytes is everywhere by chance; a version of more is none. */
enum { ANCHOR_MIN = 4, ANCHOR_MAX = 100, VERSION_MAX = 64 };

struct component {
    const char  *name, *supplier, *purl, *cpe, *licence, *file_version;
    const char **files;
    size_t       file_count;
    pcre2_code  *lone_version, *unless; /* NULL: none */
    bool         is_library;            /* one of its files is a soname */
    bool         in_headers;            /* its texts stand in its headers */
    component_t *next;                  /* the one loaded before */
};

typedef struct {
    const component_t *component;
    span_t             anchor;
    pcre2_code        *version;
    bool               is_lone; /* the version is the blob's only text of that form, wherever it stands */
    uint8_t            confidence;
} signature_t;

struct components {
    signature_t         *signatures;
    size_t               count, capacity;
    component_t         *all; /* the one loaded last */
    pcre2_match_data    *match; /* shared by all: one thread */
    pcre2_match_context *bounds;
};

/* ---- loading ------------------------------------------------------------------------------------------------------- */

static bool make_room(components_t *components, size_t more, arena_t *arena)
{
    if (components->count + more <= components->capacity)
        return true;
    size_t       capacity   = 2 * (components->count + more);
    signature_t *signatures = arena_array(arena, capacity, sizeof *signatures);
    if (signatures == NULL)
        return false;
    if (components->count > 0)
        memcpy(signatures, components->signatures, components->count * sizeof *signatures);
    components->signatures = signatures;
    components->capacity   = capacity;
    return true;
}

/* `text`, the value of `key`, compiled; NULL when it is wrong. */
static pcre2_code *read_expression(yaml_t *yaml, struct fy_node *node, const char *key, const char *text, bool captures)
{
    int         error  = 0;
    uint32_t    groups = 0;
    PCRE2_SIZE  at     = 0;
    pcre2_code *code   = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
    if (code == NULL) {
        PCRE2_UCHAR why[160];
        (void)pcre2_get_error_message(error, why, sizeof why);
        yaml_complain(yaml, node, "%s, at character %zu: %s", key, (size_t)at, (const char *)why);
        return NULL;
    }
    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (captures && groups == 0)
        yaml_complain(yaml, node, "%s must have a group (…) that is the version", key);
    return code;
}

static void read_signature(yaml_t *yaml, struct fy_node *node, signature_t *signature)
{
    static const char *const keys[] = {"anchor", "version", "lone-version", "confidence", "sample", "sample-version", NULL}; /* the samples are for the tests */
    if (!yaml_allow_keys(yaml, node, keys))
        return;
    const char *anchor    = yaml_text(yaml, node, "anchor");
    const char *lone      = yaml_text_if(yaml, node, "lone-version");
    const char *version   = lone != NULL ? lone : yaml_text(yaml, node, "version");
    signature->is_lone    = lone != NULL;
    signature->confidence = (uint8_t)yaml_number(yaml, node, "confidence", 0, 100);
    if (!yaml_ok(yaml))
        return;
    signature->anchor = span_from_text(anchor);
    if (signature->anchor.size < ANCHOR_MIN || signature->anchor.size > ANCHOR_MAX) {
        yaml_complain(yaml, node, "an anchor must have from %d to %d bytes", ANCHOR_MIN, ANCHOR_MAX);
        return;
    }
    signature->version = read_expression(yaml, node, "version", version, true);
}

/* vendor:product, perhaps with the part (a, o, h) before it. */
static bool cpe_is_sound(const char *cpe)
{
    size_t colons = 0;
    for (size_t i = 0; cpe[i] != '\0'; i++) {
        colons += cpe[i] == ':' ? 1 : 0;
        if (cpe[i] == ' ' || (cpe[i] >= 'A' && cpe[i] <= 'Z'))
            return false;
    }
    return colons == 1 || (colons == 2 && strchr("aoh", cpe[0]) != NULL && cpe[1] == ':');
}

/* How it is found where it is a library. */
static void read_names(yaml_t *yaml, struct fy_node *root, component_t *component)
{
    component->files        = yaml_texts(yaml, root, "files", &component->file_count);
    component->file_version = yaml_text_if(yaml, root, "file-version");
    for (size_t i = 0; i < component->file_count && yaml_ok(yaml); i++) {
        const char *star      = strchr(component->files[i], '*');
        component->is_library = component->is_library || strstr(component->files[i], ".so") != NULL;
        if (star != NULL && (star[1] != '\0' || star < component->files[i] + ANCHOR_MIN))
            yaml_complain(yaml, root, "files: a \"*\" may only end a name, behind at least %d characters", ANCHOR_MIN);
    }
    const char *star = component->file_version != NULL ? strchr(component->file_version, '*') : NULL;
    if (component->file_version != NULL && (star == NULL || strchr(star + 1, '*') != NULL))
        yaml_complain(yaml, root, "file-version must hold one \"*\"");
    const char *lone = yaml_text_if(yaml, root, "lone-version"), *unless = yaml_text_if(yaml, root, "not");
    if (lone != NULL)
        component->lone_version = read_expression(yaml, root, "lone-version", lone, true);
    if (unless != NULL)
        component->unless = read_expression(yaml, root, "not", unless, false);
}

static void read_component(yaml_t *yaml, components_t *components)
{
    static const char *const keys[] = {"name", "supplier", "purl", "cpe", "licence", "url", "debian", "verified", "files", "file-version", "lone-version", "in-headers", "not",
                                       "signatures", NULL};
    struct fy_node          *root      = yaml_root(yaml);
    component_t             *component = arena_alloc(yaml->arena, sizeof *component);
    if (!yaml_allow_keys(yaml, root, keys) || component == NULL)
        return;
    *component = (component_t){.name = yaml_text(yaml, root, "name"), .supplier = yaml_text_if(yaml, root, "supplier"), .purl = yaml_text_if(yaml, root, "purl"),
                               .cpe = yaml_text_if(yaml, root, "cpe"), .licence = yaml_text_if(yaml, root, "licence"), .next = components->all};
    components->all = component;
    component->in_headers = yaml_flag(yaml, root, "in-headers");
    read_names(yaml, root, component);
    if (component->purl != NULL && (strncmp(component->purl, "pkg:", 4) != 0 || strpbrk(component->purl, "@?# ") != NULL))
        yaml_complain(yaml, root, "purl must be pkg:type/name without version, qualifiers or spaces");
    if (component->cpe != NULL && !cpe_is_sound(component->cpe))
        yaml_complain(yaml, root, "cpe must be vendor:product, in lower case");
    size_t count = yaml_count(yaml, root, "signatures");
    if (count == 0 && !component->is_library)
        yaml_complain(yaml, root, "nothing to find it by: neither \"signatures\" nor a soname in \"files\"");
    if (!make_room(components, count, yaml->arena))
        yaml_complain(yaml, NULL, "out of memory");
    for (size_t i = 0; i < count && yaml_ok(yaml); i++) {
        signature_t *signature = &components->signatures[components->count++];
        *signature             = (signature_t){.component = component};
        read_signature(yaml, yaml_item(yaml, root, "signatures", i), signature);
    }
}

/* An expression that backtracks without end is cut off: the windows are a few hundred bytes. */
static bool set_bounds(components_t *components)
{
    components->match  = pcre2_match_data_create(16, NULL);
    components->bounds = pcre2_match_context_create(NULL);
    if (components->match == NULL || components->bounds == NULL)
        return false;
    (void)pcre2_set_match_limit(components->bounds, 100000);
    (void)pcre2_set_depth_limit(components->bounds, 2000);
    (void)pcre2_set_heap_limit(components->bounds, 4096); /* KiB */
    return true;
}

components_t *components_load(const char *data, arena_t *arena, report_source_t *source, const char **why)
{
    data_files_t  files;
    const char   *directory  = arena_printf(arena, "%s/corpus/components", data);
    components_t *components = arena_alloc(arena, sizeof *components);
    if (directory == NULL || components == NULL || !set_bounds(components)) {
        *why = "out of memory";
        components_free(components);
        return NULL;
    }
    bool good = status_ok(files_read(directory, ".yaml", arena, &files, why));
    for (size_t i = 0; good && i < files.count; i++) {
        yaml_t      yaml;
        const char *name = arena_printf(arena, "%s/%s", directory, files.files[i].name);
        yaml_open(&yaml, name != NULL ? name : files.files[i].name, files.files[i].content, arena);
        read_component(&yaml, components);
        yaml_close(&yaml);
        good = yaml_ok(&yaml);
        if (!good)
            *why = yaml.why;
    }
    if (!good) {
        components_free(components);
        return NULL;
    }
    *source = (report_source_t){.name = "components", .digest = arena_text(arena, span_from_text(files.digest)), .count = files.count};
    return components;
}

void components_free(components_t *components)
{
    if (components == NULL)
        return;
    for (size_t i = 0; i < components->count; i++)
        pcre2_code_free(components->signatures[i].version);
    for (component_t *component = components->all; component != NULL; component = component->next) {
        pcre2_code_free(component->lone_version);
        pcre2_code_free(component->unless);
    }
    pcre2_match_data_free(components->match);
    pcre2_match_context_free(components->bounds);
}

size_t components_signature_count(const components_t *components) { return components->count; }
span_t components_anchor(const components_t *components, size_t signature) { return components->signatures[signature].anchor; }

/* ---- capturing ----------------------------------------------------------------------------------------------------- */

typedef struct { uint64_t offset, length; const char *version; } capture_t;

static bool is_version(span_t version)
{
    if (version.size == 0 || version.size > VERSION_MAX)
        return false;
    for (size_t i = 0; i < version.size; i++)
        if (version.at[i] <= ' ' || version.at[i] > '~')
            return false;
    return true;
}

/* The first match in `window` that holds the anchor at `anchor_at` in it. */
static bool match_around(components_t *components, const signature_t *signature, span_t window, size_t anchor_at, size_t *start, size_t *end, span_t *version)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(components->match);
    size_t            from   = 0;
    while (from <= anchor_at) {
        int groups = pcre2_match(signature->version, window.at, window.size, from, 0, components->match, components->bounds);
        if (groups < 0 || places[0] > anchor_at || places[0] > places[1])
            return false;
        if (places[1] >= anchor_at + signature->anchor.size) {
            *start   = places[0];
            *end     = places[1];
            *version = groups >= 2 && places[2] != PCRE2_UNSET && places[2] <= places[3] ? span_sub(window, places[2], places[3] - places[2]) : (span_t){NULL, 0};
            return version->at != NULL && is_version(*version);
        }
        from = places[0] + 1;
    }
    return false;
}

static bool capture_at(components_t *components, const signature_t *signature, const own_bytes_t *own, uint64_t anchor, arena_t *arena, capture_t *capture)
{
    const own_range_t *range = own_range_at(own, anchor);
    if (range == NULL)
        return false;
    uint64_t first  = anchor - min_u64(anchor - range->offset, WINDOW_BEFORE);
    uint64_t last   = min_u64(range->offset + range->length, anchor + WINDOW_BEHIND);
    span_t   window = span_sub(own->blob, first, last - first);
    span_t   version;
    size_t   start, end;
    if (!match_around(components, signature, window, (size_t)(anchor - first), &start, &end, &version))
        return false;
    if (signature->component->unless != NULL &&
        pcre2_match(signature->component->unless, window.at, window.size, 0, 0, components->match, components->bounds) >= 0)
        return false;
    *capture = (capture_t){first + start, end - start, arena_text(arena, version)};
    return capture->version != NULL;
}

/* ---- a version that stands alone ------------------------------------------------------------------------------------ */

static bool is_printable(uint8_t c) { return c >= ' ' && c <= '~'; }

/* The text that ends at the NUL `end`, from the last byte before it that is none of a text. Empty when it is too long for a version. */
static span_t text_before(span_t bytes, size_t from, size_t end)
{
    size_t start = end;
    while (start > from && end - start <= VERSION_MAX && is_printable(bytes.at[start - 1]))
        start--;
    return end - start <= VERSION_MAX ? span_sub(bytes, start, end - start) : (span_t){NULL, 0};
}

/* The one text of `bytes` that the expression matches as a whole. False when two of them differ: `*version` is set when there was one. */
static bool find_lone(components_t *components, const pcre2_code *expression, span_t bytes, span_t *version)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(components->match);
    const uint8_t    *nul;
    for (size_t at = 0; at < bytes.size && (nul = memchr(bytes.at + at, 0, bytes.size - at)) != NULL; at = (size_t)(nul - bytes.at) + 1) {
        span_t text = text_before(bytes, at, (size_t)(nul - bytes.at));
        if (text.size < 3 || pcre2_match(expression, text.at, text.size, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED, components->match, components->bounds) < 2)
            continue;
        span_t found = span_sub(text, places[2], places[3] - places[2]);
        if (version->at != NULL && !span_equal(*version, found))
            return false;
        if (version->at == NULL && is_version(found))
            *version = found;
    }
    return true;
}

static span_t lone_version(components_t *components, const pcre2_code *expression, const own_bytes_t *own)
{
    span_t version = {NULL, 0};
    for (size_t i = 0; expression != NULL && i < own->count; i++)
        if (!find_lone(components, expression, own_span(own, i), &version))
            return (span_t){NULL, 0};
    return version;
}

/* ---- saying -------------------------------------------------------------------------------------------------------- */

/* Was it said before? If not, it is noted as said. */
static bool is_new(said_components_t *seen, const component_t *component, const char *version)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->said[i].component == component && strcmp(seen->said[i].version, version) == 0)
            return false;
    if (seen->count == seen->capacity) {
        size_t            capacity = seen->capacity == 0 ? 16 : 2 * seen->capacity;
        said_component_t *said     = arena_array(seen->arena, capacity, sizeof *said);
        if (said == NULL)
            return false;
        if (seen->count > 0)
            memcpy(said, seen->said, seen->count * sizeof *said);
        seen->said     = said;
        seen->capacity = capacity;
    }
    seen->said[seen->count++] = (said_component_t){component, version};
    return true;
}

static void say(const component_t *component, const char *version, const evidence_t *evidence, arena_t *arena, sink_t *sink)
{
    record_t record            = {.type = RECORD_COMPONENT};
    record.component.name      = component->name;
    record.component.version   = version;
    record.component.supplier  = component->supplier;
    record.component.purl      = component->purl;
    record.component.licence   = component->licence;
    record.component.evidence  = *evidence;
    if (version != NULL && component->purl != NULL)
        record.component.purl = purl_with_version(component->purl, version, arena);
    if (component->cpe != NULL)
        record.component.cpe = version != NULL ? cpe_with_version(component->cpe, version, arena) : cpe_of_any_version(component->cpe, arena);
    sink_say(sink, &record);
}

/* ---- programs and libraries ---------------------------------------------------------------------------------------- */

static bool name_fits(const char *pattern, span_t name)
{
    const char *star = strchr(pattern, '*');
    return star != NULL ? span_starts_with(name, span_from(pattern, (size_t)(star - pattern))) : span_equal(name, span_from_text(pattern));
}

static bool lives_in(const component_t *component, span_t name)
{
    for (size_t i = 0; i < component->file_count; i++)
        if (name_fits(component->files[i], name))
            return true;
    return false;
}

/* What the component's library is to the program that holds its text. */
typedef enum { IS_ITSELF, IS_LOADED, IS_PART } library_role_t;

static library_role_t role_of(const component_t *component, const elf_names_t *names)
{
    if (!component->is_library || !names->is_program || (names->soname.size > 0 && lives_in(component, names->soname)))
        return IS_ITSELF;
    for (size_t i = 0; i < names->needed_count; i++)
        if (lives_in(component, names->needed[i]))
            return IS_LOADED;
    return IS_PART;
}

static void say_captured(const signature_t *signature, const own_bytes_t *own, const capture_t *capture, said_components_t *seen, sink_t *sink)
{
    const component_t *component = signature->component;
    library_role_t     role      = role_of(component, &seen->names);
    bool               is_part   = role == IS_PART;
    if (role == IS_LOADED && component->in_headers)
        return; /* the version that the program was built with, not the one that is there */
    const char        *method    = is_part ? "static-library" : signature->is_lone ? "lone-version" : "version-string";
    span_t             text      = span_clip(span_sub(own->blob, capture->offset, capture->length), 0, TEXT_SHORT_MAX);
    evidence_t         evidence  = {capture->offset, capture->length, method, text, signature->confidence};
    say(component, capture->version, &evidence, seen->arena, sink);
    const char *purl = is_part && component->purl != NULL ? purl_with_version(component->purl, capture->version, seen->arena) : NULL;
    if (purl != NULL)
        sink_say(sink, &(record_t){.type = RECORD_RELATION, .relation = {.kind = RELATION_LINKED_STATICALLY, .to = purl, .evidence = evidence}});
}

static void capture_lone(components_t *components, const signature_t *signature, const own_bytes_t *own, said_components_t *seen, sink_t *sink)
{
    span_t    lone    = lone_version(components, signature->version, own);
    capture_t capture = {.version = lone.at != NULL ? arena_text(seen->arena, lone) : NULL};
    if (capture.version == NULL || !is_new(seen, signature->component, capture.version))
        return;
    capture.offset = (uint64_t)(lone.at - own->blob.at);
    capture.length = lone.size;
    say_captured(signature, own, &capture, seen, sink);
}

void components_capture(components_t *components, size_t index, const own_bytes_t *own, uint64_t offset, said_components_t *seen, sink_t *sink)
{
    const signature_t *signature = &components->signatures[index];
    size_t             versions  = 0;
    if (signature->is_lone) {
        capture_lone(components, signature, own, seen, sink);
        return;
    }
    for (size_t places = 0; offset != UINT64_MAX; places++) {
        if (versions == VERSIONS_MAX) {
            sink_note(sink, offset, "names more than 16 versions of one component: the others are left out");
            return;
        }
        if (places == ANCHORS_MAX) {
            sink_limit(sink, offset, own->blob.size - offset, "anchors", "the text of a component stands here more than 4096 times: the rest was not looked at");
            return;
        }
        capture_t capture;
        if (capture_at(components, signature, own, offset, seen->arena, &capture) && is_new(seen, signature->component, capture.version)) {
            versions++;
            say_captured(signature, own, &capture, seen, sink);
        }
        offset = own_find(own, offset + 1, signature->anchor, false);
    }
}

static const component_t *component_of_soname(const components_t *components, span_t soname)
{
    for (const component_t *component = components->all; component != NULL; component = component->next)
        if (component->is_library && lives_in(component, soname))
            return component;
    return NULL;
}

enum { SONAME_CONFIDENCE = 60, LONE_CONFIDENCE = 80 };

void components_name_library(components_t *components, const own_bytes_t *own, said_components_t *seen, sink_t *sink)
{
    span_t             soname    = seen->names.soname;
    const component_t *component = soname.size > 0 ? component_of_soname(components, soname) : NULL;
    if (component == NULL)
        return;
    for (size_t i = 0; i < seen->count; i++)
        if (seen->said[i].component == component)
            return;
    span_t      lone    = lone_version(components, component->lone_version, own);
    const char *version = lone.at != NULL ? arena_text(seen->arena, lone) : NULL;
    evidence_t  name    = {(uint64_t)(soname.at - own->blob.at), soname.size, "soname", soname, SONAME_CONFIDENCE};
    say(component, version, &name, seen->arena, sink);
    if (version == NULL && component->file_version != NULL)
        sink_fact(sink, FILE_VERSION_FACT, component->file_version);
    if (version != NULL) {
        evidence_t text = {(uint64_t)(lone.at - own->blob.at), lone.size, "lone-version", lone, LONE_CONFIDENCE};
        say(component, version, &text, seen->arena, sink);
    }
}
