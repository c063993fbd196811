#include "analysis/components.h"

#include "analysis/files.h"
#include "analysis/packages/purl.h"
#include "analysis/yaml.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* An anchor of fewer bytes is everywhere by chance; a version of more is none. */
enum { ANCHOR_MIN = 4, ANCHOR_MAX = 100, VERSION_MAX = 64 };

typedef struct { const char *name, *supplier, *purl, *cpe, *licence; } component_t;

typedef struct {
    const component_t *component;
    span_t             anchor;
    pcre2_code        *version;
    uint8_t            confidence;
} signature_t;

struct components {
    signature_t         *signatures;
    size_t               count, capacity;
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

static void read_signature(yaml_t *yaml, struct fy_node *node, signature_t *signature)
{
    static const char *const keys[] = {"anchor", "version", "confidence", "sample", "sample-version", NULL};
    if (!yaml_allow_keys(yaml, node, keys))
        return;
    const char *anchor    = yaml_text(yaml, node, "anchor");
    const char *version   = yaml_text(yaml, node, "version");
    signature->confidence = (uint8_t)yaml_number(yaml, node, "confidence", 0, 100);
    if (!yaml_ok(yaml))
        return;
    signature->anchor = span_from_text(anchor);
    if (signature->anchor.size < ANCHOR_MIN || signature->anchor.size > ANCHOR_MAX) {
        yaml_complain(yaml, node, "an anchor must have from %d to %d bytes", ANCHOR_MIN, ANCHOR_MAX);
        return;
    }
    int        error = 0;
    PCRE2_SIZE at    = 0;
    signature->version = pcre2_compile((PCRE2_SPTR)version, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
    if (signature->version == NULL) {
        PCRE2_UCHAR text[160];
        (void)pcre2_get_error_message(error, text, sizeof text);
        yaml_complain(yaml, node, "version, at character %zu: %s", (size_t)at, (const char *)text);
        return;
    }
    uint32_t groups = 0;
    (void)pcre2_pattern_info(signature->version, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups == 0)
        yaml_complain(yaml, node, "version must have a group (…) that is the version");
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

static void read_component(yaml_t *yaml, components_t *components)
{
    static const char *const keys[]    = {"name", "supplier", "purl", "cpe", "licence", "url", "signatures", NULL};
    struct fy_node          *root      = yaml_root(yaml);
    component_t             *component = arena_alloc(yaml->arena, sizeof *component);
    if (!yaml_allow_keys(yaml, root, keys) || component == NULL)
        return;
    *component = (component_t){.name = yaml_text(yaml, root, "name"), .supplier = yaml_text_if(yaml, root, "supplier"),
                               .purl = yaml_text_if(yaml, root, "purl"), .cpe = yaml_text_if(yaml, root, "cpe"), .licence = yaml_text_if(yaml, root, "licence")};
    (void)yaml_text_if(yaml, root, "url");
    if (component->purl != NULL && (strncmp(component->purl, "pkg:", 4) != 0 || strpbrk(component->purl, "@?# ") != NULL))
        yaml_complain(yaml, root, "purl must be pkg:type/name without version, qualifiers or spaces");
    if (component->cpe != NULL && !cpe_is_sound(component->cpe))
        yaml_complain(yaml, root, "cpe must be vendor:product, in lower case");
    size_t count = yaml_count(yaml, root, "signatures");
    if (count == 0)
        yaml_complain(yaml, root, "\"signatures\" is missing or empty");
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
    *capture = (capture_t){first + start, end - start, arena_text(arena, version)};
    return capture->version != NULL;
}

/* Was it said before? If not, it is noted as said. */
static bool is_new(said_components_t *seen, const char *name, const char *version)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->said[i].name, name) == 0 && strcmp(seen->said[i].version, version) == 0)
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
    seen->said[seen->count++] = (said_component_t){name, version};
    return true;
}

static void say(const signature_t *signature, const own_bytes_t *own, const capture_t *capture, arena_t *arena, sink_t *sink)
{
    const component_t *component = signature->component;
    span_t             text      = span_sub(own->blob, capture->offset, capture->length);
    record_t           record    = {.type = RECORD_COMPONENT};
    record.component.name        = component->name;
    record.component.version     = capture->version;
    record.component.supplier    = component->supplier;
    record.component.purl        = component->purl != NULL ? purl_with_version(component->purl, capture->version, arena) : NULL;
    record.component.cpe         = component->cpe != NULL ? cpe_with_version(component->cpe, capture->version, arena) : NULL;
    record.component.licence     = component->licence;
    record.component.evidence    = (evidence_t){capture->offset, capture->length, "version-string", span_clip(text, 0, TEXT_SHORT_MAX), signature->confidence};
    sink_say(sink, &record);
}

void components_capture(components_t *components, size_t index, const own_bytes_t *own, uint64_t offset, said_components_t *seen, sink_t *sink)
{
    const signature_t *signature = &components->signatures[index];
    size_t             versions  = 0;
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
        if (capture_at(components, signature, own, offset, seen->arena, &capture) && is_new(seen, signature->component->name, capture.version)) {
            versions++;
            say(signature, own, &capture, seen->arena, sink);
        }
        offset = own_find(own, offset + 1, signature->anchor, false);
    }
}
