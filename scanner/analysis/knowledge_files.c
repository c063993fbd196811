#include "analysis/knowledge_files.h"

#include "analysis/files.h"
#include "analysis/marker_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void complain(complaints_t *complaints, const char *format, ...)
{
    char    text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    complaints->count++;
    if (complaints->first == NULL) {
        const char *kept  = arena_text(complaints->arena, span_from_text(text));
        complaints->first = kept != NULL ? kept : "out of memory";
    }
    if (complaints->all != NULL)
        buffer_printf(complaints->all, "%s\n", text);
}

/* ---- one file --------------------------------------------------------------------------------------------------------- */

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

/* What an item of `markers` says; it stands for as many markers as it has values times encodings. */
typedef struct {
    marker_t     common;
    const char **values, **encodings;
    size_t       value_count, encoding_count;
} marker_item_t;

static bool read_item(yaml_t *yaml, struct fy_node *node, marker_item_t *item)
{
    static const char *const keys[] = {"kind", "value", "values", "hex", "ignore-case", "encodings", "strength", "source", NULL};
    static const char       *utf8[] = {"utf-8"};
    if (!yaml_allow_keys(yaml, node, keys))
        return false;
    const char *kind     = yaml_text(yaml, node, "kind");
    const char *strength = yaml_text(yaml, node, "strength");
    const char *value    = yaml_text_if(yaml, node, "value");
    *item                = (marker_item_t){.common = {.source = yaml_text(yaml, node, "source"), .hex = yaml_flag(yaml, node, "hex"),
                                                      .ignore_case = yaml_flag(yaml, node, "ignore-case"), .place = yaml_place(node, NULL)}};
    item->values         = yaml_texts(yaml, node, "values", &item->value_count);
    item->encodings      = yaml_texts(yaml, node, "encodings", &item->encoding_count);
    if (item->encoding_count == 0) {
        item->encodings      = utf8;
        item->encoding_count = 1;
    }
    if (!yaml_ok(yaml))
        return false;
    if ((value != NULL) == (item->value_count > 0))
        yaml_complain(yaml, node, "a marker has either a value or values");
    else if (value != NULL) {
        const char **one = arena_array(yaml->arena, 1, sizeof *one);
        if (one == NULL)
            yaml_complain(yaml, NULL, "out of memory");
        else
            *one = value;
        item->values      = one;
        item->value_count = 1;
    }
    if (!marker_kind_from(kind, &item->common.kind))
        yaml_complain(yaml, node, "unknown kind of marker \"%s\"", kind);
    else if (!strength_from(strength, &item->common.strength))
        yaml_complain(yaml, node, "strength must be definitive, strong or supporting");
    else if (item->common.strength > marker_strongest(item->common.kind))
        yaml_complain(yaml, node, "a marker of the kind %s can only be supporting", kind);
    return yaml_ok(yaml);
}

static void fill_markers(yaml_t *yaml, struct fy_node *node, const marker_item_t *item, marker_t *markers)
{
    for (size_t i = 0; i < item->value_count; i++)
        for (size_t j = 0; j < item->encoding_count && yaml_ok(yaml); j++) {
            marker_t   *marker = &markers[i * item->encoding_count + j];
            const char *wrong  = NULL;
            *marker            = item->common;
            marker->value      = item->values[i];
            if (!encoding_from(item->encodings[j], &marker->encoding))
                yaml_complain(yaml, node, "unknown encoding \"%s\"; there are utf-8, gb18030, cp1251, koi8-r and utf-16le", item->encodings[j]);
            else if (!marker_set_value(marker, yaml->arena, &wrong))
                yaml_complain(yaml, node, "%s (\"%s\")", wrong, marker->value);
        }
}

static void read_markers(yaml_t *yaml, struct fy_node *root, vendor_t *vendor)
{
    size_t         count = yaml_count(yaml, root, "markers");
    uint64_t       total = 0;
    marker_item_t *items = arena_array(yaml->arena, count, sizeof *items);
    for (size_t i = 0; items != NULL && i < count && yaml_ok(yaml); i++) {
        uint64_t more;
        if (read_item(yaml, yaml_item(yaml, root, "markers", i), &items[i]) &&
            (!checked_mul(items[i].value_count, items[i].encoding_count, &more) || !checked_add(total, more, &total)))
            yaml_complain(yaml, NULL, "too many markers");
    }
    marker_t *markers = yaml_ok(yaml) ? arena_array(yaml->arena, total, sizeof *markers) : NULL;
    if (items == NULL || (yaml_ok(yaml) && markers == NULL))
        yaml_complain(yaml, NULL, "out of memory");
    vendor->markers = markers;
    for (size_t i = 0; i < count && yaml_ok(yaml); i++) {
        fill_markers(yaml, yaml_item(yaml, root, "markers", i), &items[i], markers + vendor->marker_count);
        vendor->marker_count += items[i].value_count * items[i].encoding_count;
    }
}

static void read_vendor(yaml_t *yaml, void *out)
{
    static const char *const keys[] = {"id", "name", "aliases", "group", "jurisdiction", "markers", NULL};
    vendor_t                *vendor = out;
    struct fy_node          *root   = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    *vendor = (vendor_t){
        .id           = read_id(yaml, root),
        .name         = yaml_text(yaml, root, "name"),
        .group        = yaml_text_if(yaml, root, "group"),
        .jurisdiction = yaml_text(yaml, root, "jurisdiction"),
        .place        = yaml_place(root, "jurisdiction"),
    };
    vendor->aliases = yaml_texts(yaml, root, "aliases", &vendor->alias_count);
    read_markers(yaml, root, vendor);
}

static void read_jurisdiction(yaml_t *yaml, void *out)
{
    static const char *const keys[]       = {"id", "name", "laws", NULL};
    static const char *const law_keys[]   = {"title", "date", "articles", "effect", "source", NULL};
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
            laws[i] = (law_t){yaml_text(yaml, law, "title"),         yaml_text_if(yaml, law, "date"),   yaml_text_if(yaml, law, "articles"),
                              yaml_text_if(yaml, law, "effect"), yaml_text_if(yaml, law, "source"), yaml_place(law, NULL)};
    }
    jurisdiction->laws = laws;
}

static list_status_t read_status(yaml_t *yaml, struct fy_node *map, list_status_t otherwise)
{
    const char *text = yaml_text_if(yaml, map, "status");
    if (text != NULL && !list_status_from(text, &otherwise))
        yaml_complain(yaml, map, "status must be in force, proposed or repealed");
    return otherwise;
}

static void read_entry(yaml_t *yaml, struct fy_node *node, const restriction_list_t *list, list_entry_t *entry)
{
    static const char *const keys[] = {"vendor", "group", "date", "status", "source", NULL};
    if (!yaml_allow_keys(yaml, node, keys))
        return;
    const char *source = yaml_text_if(yaml, node, "source");
    *entry = (list_entry_t){.vendor = yaml_text_if(yaml, node, "vendor"), .group = yaml_text_if(yaml, node, "group"),
                            .date = yaml_text(yaml, node, "date"),
                            .source = source != NULL ? source : list->source, .status = read_status(yaml, node, list->status),
                            .place = yaml_place(node, NULL)};
    if (yaml_ok(yaml) && (entry->vendor != NULL) == (entry->group != NULL))
        yaml_complain(yaml, node, "an entry names either a vendor or a group");
}

/* With the list's own date, source and status. */
static list_entry_t entry_like(const restriction_list_t *list, const char *vendor, const char *group, yaml_place_t place)
{
    return (list_entry_t){.vendor = vendor, .group = group, .date = list->date, .source = list->source, .status = list->status, .place = place};
}

static void read_list(yaml_t *yaml, void *out)
{
    static const char *const keys[] = {"id", "title", "date", "status", "source", "criteria", "vendors", "groups", "entries", NULL};
    restriction_list_t      *list   = out;
    struct fy_node          *root   = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    *list = (restriction_list_t){.id = read_id(yaml, root), .title = yaml_text(yaml, root, "title"), .date = yaml_text(yaml, root, "date"),
                                 .source = yaml_text(yaml, root, "source"), .criteria = yaml_text_if(yaml, root, "criteria"),
                                 .place = yaml_place(root, "date")};
    list->status = read_status(yaml, root, LIST_IN_FORCE);
    size_t        vendors, groups, entries = yaml_count(yaml, root, "entries"), next = 0;
    const char  **vendor = yaml_texts(yaml, root, "vendors", &vendors), **group = yaml_texts(yaml, root, "groups", &groups);
    list_entry_t *all    = arena_array(yaml->arena, vendors + groups + entries, sizeof *all);
    if (all == NULL) {
        yaml_complain(yaml, NULL, "out of memory");
        return;
    }
    for (size_t i = 0; i < vendors; i++)
        all[next++] = entry_like(list, vendor[i], NULL, yaml_place(root, "vendors"));
    for (size_t i = 0; i < groups; i++)
        all[next++] = entry_like(list, NULL, group[i], yaml_place(root, "groups"));
    for (size_t i = 0; i < entries && yaml_ok(yaml); i++)
        read_entry(yaml, yaml_item(yaml, root, "entries", i), list, &all[next++]);
    list->entries     = all;
    list->entry_count = next;
}

/* ---- all files -------------------------------------------------------------------------------------------------------- */

/* All three records begin with their id. */
static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

typedef struct { const char *folder; size_t size; void (*read)(yaml_t *, void *); } kind_of_file_t;

/* One record for each sound file of corpus/FOLDER; `*records` ascending by id. */
static bool read_folder(const char *data, const kind_of_file_t *kind, complaints_t *complaints, arena_t *arena, void *records, size_t *count,
                        report_source_t *source, const char **why)
{
    data_files_t files;
    const char  *directory = arena_printf(arena, "%s/corpus/%s", data, kind->folder);
    *why                   = "out of memory";
    if (directory == NULL || !status_ok(files_read(directory, ".yaml", arena, &files, why)))
        return false;
    uint8_t *all = arena_array(arena, files.count, kind->size);
    if (all == NULL)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < files.count; i++) {
        yaml_t      yaml;
        const char *name = arena_printf(arena, "%s/%s", directory, files.files[i].name);
        yaml_open(&yaml, name != NULL ? name : files.files[i].name, files.files[i].content, arena);
        kind->read(&yaml, all + kept * kind->size);
        yaml_close(&yaml);
        if (yaml_ok(&yaml))
            kept++;
        else
            complain(complaints, "%s", yaml.why);
    }
    if (kept > 1)
        qsort(all, kept, kind->size, by_id);
    for (size_t i = 1; i < kept; i++)
        if (by_id(all + (i - 1) * kind->size, all + i * kind->size) == 0)
            complain(complaints, "%s: two files have the id \"%s\"", directory, *(const char **)(void *)(all + i * kind->size));
    memcpy(records, &all, sizeof all);
    *count  = kept;
    *source = (report_source_t){.name = kind->folder, .digest = arena_text(arena, span_from_text(files.digest)), .count = files.count};
    return source->digest != NULL;
}

bool knowledge_read(const char *data, arena_t *arena, knowledge_t *k, complaints_t *complaints, const char **why)
{
    static const kind_of_file_t jurisdictions = {"jurisdictions", sizeof(jurisdiction_t), read_jurisdiction};
    static const kind_of_file_t lists         = {"lists", sizeof(restriction_list_t), read_list};
    static const kind_of_file_t vendors       = {"vendors", sizeof(vendor_t), read_vendor};
    return read_folder(data, &jurisdictions, complaints, arena, &k->jurisdictions, &k->jurisdiction_count, &k->sources[0], why) &&
           read_folder(data, &lists, complaints, arena, &k->lists, &k->list_count, &k->sources[1], why) &&
           read_folder(data, &vendors, complaints, arena, &k->vendors, &k->vendor_count, &k->sources[2], why);
}

static bool group_exists(const knowledge_t *knowledge, const char *group)
{
    for (size_t i = 0; i < knowledge->vendor_count; i++)
        if (knowledge->vendors[i].group != NULL && strcmp(knowledge->vendors[i].group, group) == 0)
            return true;
    return false;
}

/* A list that names a vendor nobody knows would silently restrict nothing. */
void knowledge_check_names(const knowledge_t *knowledge, const char *data, complaints_t *complaints)
{
    for (size_t i = 0; i < knowledge->vendor_count; i++) {
        const vendor_t *vendor = &knowledge->vendors[i];
        if (knowledge_jurisdiction(knowledge, vendor->jurisdiction) == NULL)
            complain(complaints, "%s/corpus/vendors/%s.yaml:%u:%u: no jurisdiction has the id \"%s\"", data, vendor->id, vendor->place.line,
                     vendor->place.column, vendor->jurisdiction);
    }
    for (size_t i = 0; i < knowledge->list_count; i++)
        for (size_t j = 0; j < knowledge->lists[i].entry_count; j++) {
            const list_entry_t *entry = &knowledge->lists[i].entries[j];
            if (entry->vendor != NULL && knowledge_vendor(knowledge, entry->vendor) == NULL)
                complain(complaints, "%s/corpus/lists/%s.yaml:%u:%u: no vendor has the id \"%s\"", data, knowledge->lists[i].id, entry->place.line,
                         entry->place.column, entry->vendor);
            if (entry->group != NULL && !group_exists(knowledge, entry->group))
                complain(complaints, "%s/corpus/lists/%s.yaml:%u:%u: no vendor is of the group \"%s\"", data, knowledge->lists[i].id, entry->place.line,
                         entry->place.column, entry->group);
        }
}
