#include "analysis/knowledge.h"

#include "analysis/files.h"
#include "analysis/yaml.h"

#include <stdlib.h>

/* Shorter values are everywhere by chance, and slow to look for. */
enum { MARKER_BYTES_MIN = 4, MARKER_BYTES_MAX = 512 };

static const struct { const char *name; bool is_searched; } marker_kinds[] = {
    [MARKER_STRING]              = {"string", true},
    [MARKER_DOMAIN]              = {"domain", true},
    [MARKER_SNMP_ENTERPRISE]     = {"snmp-enterprise", false},
    [MARKER_COMPILER]            = {"compiler", true},
    [MARKER_BUILD_PATH]          = {"build-path", true},
    [MARKER_MODINFO_AUTHOR]      = {"modinfo-author", true},
    [MARKER_CERTIFICATE_SUBJECT] = {"certificate-subject", false},
    [MARKER_DEVICE_TREE]         = {"device-tree", false},
    [MARKER_MAGIC]               = {"magic", true},
    [MARKER_OUI]                 = {"oui", false},
    [MARKER_USB_ID]              = {"usb-id", false},
    [MARKER_PCI_ID]              = {"pci-id", false},
    [MARKER_SIGNING_KEY]         = {"signing-key", false},
};
enum { MARKER_KINDS = sizeof marker_kinds / sizeof marker_kinds[0] };

const char *marker_kind_name(marker_kind_t kind) { return marker_kinds[kind].name; }

static bool marker_kind_from(const char *name, marker_kind_t *kind)
{
    for (size_t i = 0; i < MARKER_KINDS; i++)
        if (strcmp(name, marker_kinds[i].name) == 0) {
            *kind = (marker_kind_t)i;
            return true;
        }
    return false;
}

/* A file is named after the id in it: so the id is unique, and who looks for it finds it. */
static const char *read_id(yaml_t *yaml, struct fy_node *map)
{
    const char *id    = yaml_text(yaml, map, "id");
    const char *slash = strrchr(yaml->file, '/');
    const char *base  = slash != NULL ? slash + 1 : yaml->file;
    if (id != NULL && (strlen(base) != strlen(id) + 5 || strncmp(base, id, strlen(id)) != 0))
        yaml_complain(yaml, map, "the id \"%s\" is not the name of the file", id);
    return id;
}

static void decode_value(yaml_t *yaml, struct fy_node *node, marker_t *marker)
{
    marker->bytes = span_from_text(marker->value);
    if (marker->hex) {
        size_t   size = strlen(marker->value) / 2;
        uint8_t *at   = arena_alloc(yaml->arena, size + 1);
        if (at == NULL || !hex_decode(marker->value, at, size)) {
            yaml_complain(yaml, node, "value must be an even number of hexadecimal digits");
            return;
        }
        marker->bytes = span_from(at, size);
    }
    if (marker->bytes.size > MARKER_BYTES_MAX || (marker_kinds[marker->kind].is_searched && marker->bytes.size < MARKER_BYTES_MIN))
        yaml_complain(yaml, node, "a value that is searched for must have from 4 to 512 bytes");
}

static void read_marker(yaml_t *yaml, struct fy_node *node, marker_t *marker)
{
    static const char *const keys[] = {"kind", "value", "hex", "ignore-case", "strength", "source", NULL};
    if (!yaml_allow_keys(yaml, node, keys))
        return;
    const char *kind     = yaml_text(yaml, node, "kind");
    const char *strength = yaml_text(yaml, node, "strength");
    marker->value        = yaml_text(yaml, node, "value");
    marker->source       = yaml_text(yaml, node, "source");
    marker->hex          = yaml_flag(yaml, node, "hex");
    marker->ignore_case  = yaml_flag(yaml, node, "ignore-case");
    if (!yaml_ok(yaml))
        return;
    if (!marker_kind_from(kind, &marker->kind))
        yaml_complain(yaml, node, "unknown kind of marker \"%s\"", kind);
    else if (!strength_from(strength, &marker->strength))
        yaml_complain(yaml, node, "strength must be definitive, strong or supporting");
    else
        decode_value(yaml, node, marker);
    marker->ignore_case = marker->ignore_case || marker->kind == MARKER_DOMAIN;
}

static void read_vendor(yaml_t *yaml, void *out)
{
    static const char *const keys[] = {"id", "name", "group", "jurisdiction", "markers", NULL};
    vendor_t                *vendor = out;
    struct fy_node          *root   = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    *vendor = (vendor_t){
        .id           = read_id(yaml, root),
        .name         = yaml_text(yaml, root, "name"),
        .group        = yaml_text_if(yaml, root, "group"),
        .jurisdiction = yaml_text(yaml, root, "jurisdiction"),
        .marker_count = yaml_count(yaml, root, "markers"),
    };
    marker_t *markers = arena_array(yaml->arena, vendor->marker_count, sizeof *markers);
    if (markers == NULL)
        yaml_complain(yaml, NULL, "out of memory");
    for (size_t i = 0; i < vendor->marker_count && yaml_ok(yaml); i++)
        read_marker(yaml, yaml_item(yaml, root, "markers", i), &markers[i]);
    vendor->markers = markers;
}

static void read_jurisdiction(yaml_t *yaml, void *out)
{
    static const char *const keys[]       = {"id", "name", "laws", NULL};
    static const char *const law_keys[]   = {"title", "date", "scope", "source", NULL};
    jurisdiction_t          *jurisdiction = out;
    struct fy_node          *root         = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    *jurisdiction = (jurisdiction_t){.id = read_id(yaml, root), .name = yaml_text(yaml, root, "name"), .law_count = yaml_count(yaml, root, "laws")};
    law_t *laws   = arena_array(yaml->arena, jurisdiction->law_count, sizeof *laws);
    if (laws == NULL)
        yaml_complain(yaml, NULL, "out of memory");
    for (size_t i = 0; i < jurisdiction->law_count && yaml_ok(yaml); i++) {
        struct fy_node *law = yaml_item(yaml, root, "laws", i);
        if (yaml_allow_keys(yaml, law, law_keys))
            laws[i] = (law_t){yaml_text(yaml, law, "title"), yaml_text_if(yaml, law, "date"), yaml_text_if(yaml, law, "scope"),
                              yaml_text_if(yaml, law, "source")};
    }
    jurisdiction->laws = laws;
}

static void read_list(yaml_t *yaml, void *out)
{
    static const char *const keys[] = {"id", "title", "date", "source", "vendors", "groups", NULL};
    restriction_list_t      *list   = out;
    struct fy_node          *root   = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    *list = (restriction_list_t){
        .id = read_id(yaml, root), .title = yaml_text(yaml, root, "title"), .date = yaml_text(yaml, root, "date"), .source = yaml_text(yaml, root, "source")};
    list->vendors = yaml_texts(yaml, root, "vendors", &list->vendor_count);
    list->groups  = yaml_texts(yaml, root, "groups", &list->group_count);
}

/* All three records begin with their id. */
static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static status_t wrong(const char *why, const char **out)
{
    *out = why;
    return status_fail(STATUS_INVALID, "knowledge base", 0, "the knowledge base is wrong");
}

/* One record of `size` bytes for each file of corpus/FOLDER; `*records` ascending by id. */
static status_t read_folder(const char *data, const char *folder, size_t size, void (*read)(yaml_t *, void *), arena_t *arena, void *records,
                            size_t *count, report_source_t *source, const char **why)
{
    data_files_t files;
    const char  *directory = arena_printf(arena, "%s/corpus/%s", data, folder);
    if (directory == NULL)
        return wrong("out of memory", why);
    status_t status = files_read(directory, ".yaml", arena, &files, why);
    if (!status_ok(status))
        return status;
    uint8_t *all = arena_array(arena, files.count, size);
    if (all == NULL)
        return wrong("out of memory", why);
    for (size_t i = 0; i < files.count; i++) {
        yaml_t      yaml;
        const char *name = arena_printf(arena, "%s/%s", directory, files.files[i].name);
        yaml_open(&yaml, name != NULL ? name : files.files[i].name, files.files[i].content, arena);
        read(&yaml, all + i * size);
        yaml_close(&yaml);
        if (!yaml_ok(&yaml))
            return wrong(yaml.why, why);
    }
    if (files.count > 1)
        qsort(all, files.count, size, by_id);
    for (size_t i = 1; i < files.count; i++)
        if (by_id(all + (i - 1) * size, all + i * size) == 0)
            return wrong(arena_printf(arena, "%s: two files have the id \"%s\"", directory, *(const char **)(void *)(all + i * size)), why);
    memcpy(records, &all, sizeof all);
    *count  = files.count;
    *source = (report_source_t){.name = folder, .digest = arena_text(arena, span_from_text(files.digest)), .count = files.count};
    return source->digest != NULL ? ok() : wrong("out of memory", why);
}

static const void *find_id(const void *records, size_t count, size_t size, const char *id)
{
    return count > 0 ? bsearch(&id, records, count, size, by_id) : NULL;
}

const vendor_t *knowledge_vendor(const knowledge_t *knowledge, const char *id)
{
    return find_id(knowledge->vendors, knowledge->vendor_count, sizeof *knowledge->vendors, id);
}

const jurisdiction_t *knowledge_jurisdiction(const knowledge_t *knowledge, const char *id)
{
    return find_id(knowledge->jurisdictions, knowledge->jurisdiction_count, sizeof *knowledge->jurisdictions, id);
}

static bool group_exists(const knowledge_t *knowledge, const char *group)
{
    for (size_t i = 0; i < knowledge->vendor_count; i++)
        if (knowledge->vendors[i].group != NULL && strcmp(knowledge->vendors[i].group, group) == 0)
            return true;
    return false;
}

/* A list that names a vendor nobody knows would silently restrict nothing. */
static const char *dangling_name(const knowledge_t *knowledge, const char *data, arena_t *arena)
{
    for (size_t i = 0; i < knowledge->vendor_count; i++) {
        const vendor_t *vendor = &knowledge->vendors[i];
        if (knowledge_jurisdiction(knowledge, vendor->jurisdiction) == NULL)
            return arena_printf(arena, "%s/corpus/vendors/%s.yaml: no jurisdiction has the id \"%s\"", data, vendor->id, vendor->jurisdiction);
    }
    for (size_t i = 0; i < knowledge->list_count; i++) {
        const restriction_list_t *list = &knowledge->lists[i];
        for (size_t j = 0; j < list->vendor_count; j++)
            if (knowledge_vendor(knowledge, list->vendors[j]) == NULL)
                return arena_printf(arena, "%s/corpus/lists/%s.yaml: no vendor has the id \"%s\"", data, list->id, list->vendors[j]);
        for (size_t j = 0; j < list->group_count; j++)
            if (!group_exists(knowledge, list->groups[j]))
                return arena_printf(arena, "%s/corpus/lists/%s.yaml: no vendor is of the group \"%s\"", data, list->id, list->groups[j]);
    }
    return NULL;
}

status_t knowledge_load(const char *data, arena_t *arena, knowledge_t *knowledge, const char **why)
{
    knowledge_t k      = {0};
    status_t    status = read_folder(data, "jurisdictions", sizeof *k.jurisdictions, read_jurisdiction, arena, &k.jurisdictions, &k.jurisdiction_count,
                                     &k.sources[0], why);
    if (status_ok(status))
        status = read_folder(data, "lists", sizeof *k.lists, read_list, arena, &k.lists, &k.list_count, &k.sources[1], why);
    if (status_ok(status))
        status = read_folder(data, "vendors", sizeof *k.vendors, read_vendor, arena, &k.vendors, &k.vendor_count, &k.sources[2], why);
    if (!status_ok(status))
        return status;
    const char *dangling = dangling_name(&k, data, arena);
    if (dangling != NULL)
        return wrong(dangling, why);
    *knowledge = k;
    return ok();
}

bool list_names(const restriction_list_t *list, const vendor_t *vendor)
{
    for (size_t i = 0; i < list->vendor_count; i++)
        if (strcmp(list->vendors[i], vendor->id) == 0)
            return true;
    for (size_t i = 0; i < list->group_count; i++)
        if (vendor->group != NULL && strcmp(list->groups[i], vendor->group) == 0)
            return true;
    return false;
}
