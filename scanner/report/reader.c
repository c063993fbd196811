#include "report/reader.h"

#include "base/canonical.h"
#include "base/json.h"
#include "base/utf8.h"
#include "policy/date.h"
#include "policy/policy.h"
#include "report/output.h"
#include "report/statement.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* The first fault sticks; everything after it yields nothing, so a section is read straight through and checked at its end. */
typedef struct {
    report_t   *report;
    arena_t    *arena;
    bool        failed;
    char       *why;
    const char *section; /* the part of the predicate that is being read … */
    size_t      index;   /* … and which of its items */
} loader_t;

static void refuse(loader_t *l, const char *key, const char *what)
{
    if (!l->failed)
        (void)snprintf(l->why, REPORT_WHY, "%s[%zu]%s%s: %s", l->section, l->index, key != NULL ? "." : "", key != NULL ? key : "", what);
    l->failed = true;
}

/* ---- values ----------------------------------------------------------------------------------------------------------- */

static const json_t *member(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        refuse(l, key, "is missing");
    return value;
}

static const char *text_value(loader_t *l, const char *key, const json_t *value)
{
    if (!json_is_string(value)) {
        refuse(l, key, "is not a text");
        return "";
    }
    span_t text = span_from(json_string_value(value), json_string_length(value));
    if (!text_may_be_shown(text)) {
        refuse(l, key, "holds characters that a report escapes");
        return "";
    }
    const char *copy = arena_text(l->arena, text);
    if (copy == NULL)
        refuse(l, key, "out of memory");
    return copy != NULL ? copy : "";
}

static const char *text(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = member(l, object, key);
    return value != NULL ? text_value(l, key, value) : "";
}

static const char *text_if(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL ? text_value(l, key, value) : NULL;
}

static uint64_t integer(loader_t *l, const json_t *object, const char *key, uint64_t max)
{
    const json_t *value = member(l, object, key);
    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max) {
        refuse(l, key, "is not an integer in its range");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static uint32_t integer32(loader_t *l, const json_t *object, const char *key) { return (uint32_t)integer(l, object, key, UINT32_MAX); }

static bool truth_if(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value != NULL && !json_is_boolean(value))
        refuse(l, key, "is neither true nor false");
    return json_is_true(value);
}

static const json_t *object_in(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = member(l, object, key);
    if (value != NULL && !json_is_object(value))
        refuse(l, key, "is not an object");
    return json_is_object(value) ? value : NULL;
}

/* The array and its size; 0 when it is not there or not an array. */
static size_t array_in(loader_t *l, const json_t *object, const char *key, const json_t **array)
{
    *array = member(l, object, key);
    if (*array != NULL && !json_is_array(*array))
        refuse(l, key, "is not an array");
    return json_is_array(*array) ? json_array_size(*array) : 0;
}

/* Room for `count` items of the section; 0 items after a fault. */
static void *room(loader_t *l, size_t *count, size_t size)
{
    void *at = l->failed ? NULL : arena_array(l->arena, *count, size);
    if (at == NULL) {
        refuse(l, NULL, "out of memory");
        *count = 0;
    }
    return at;
}

static void hexadecimal(loader_t *l, const json_t *object, const char *key, uint8_t *out, size_t size)
{
    const json_t *value = member(l, object, key);
    const char   *hex   = json_string_value(value);
    if (value == NULL)
        return;
    if (hex == NULL || !hex_decode(hex, out, size) || strpbrk(hex, "ABCDEF") != NULL)
        refuse(l, key, "is not a digest in lower-case hexadecimal");
}

/* The index that an id of `letter` and a number from 1 to `count` stands for. */
static uint32_t id_of(loader_t *l, const char *key, const json_t *value, char letter, size_t count, const char *no_id, const char *not_there)
{
    const char *id = json_string_value(value);
    char        again[16];
    char       *end;
    if (id == NULL || id[0] != letter || id[1] < '1' || id[1] > '9') {
        refuse(l, key, no_id);
        return 0;
    }
    unsigned long long number = strtoull(id + 1, &end, 10);
    (void)snprintf(again, sizeof again, "%c%llu", letter, number);
    if (number > count || strcmp(again, id) != 0) {
        refuse(l, key, not_there);
        return 0;
    }
    return (uint32_t)(number - 1);
}

static uint32_t artifact_id(loader_t *l, const char *key, const json_t *value)
{
    return id_of(l, key, value, 'a', l->report->artifact_count, "is not the id of an artifact", "names an artifact that is not there");
}

static uint32_t component_id(loader_t *l, const char *key, const json_t *value)
{
    return id_of(l, key, value, 'c', l->report->component_count, "is not the id of a component", "names a component that is not there");
}

static uint32_t artifact_if(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL ? artifact_id(l, key, value) : NO_ARTIFACT;
}

static uint32_t *artifact_ids(loader_t *l, const json_t *object, const char *key, size_t *count)
{
    const json_t *array;
    *count        = array_in(l, object, key, &array);
    uint32_t *ids = room(l, count, sizeof *ids);
    for (size_t i = 0; i < *count; i++) {
        ids[i] = artifact_id(l, key, json_array_get(array, i));
        if (i > 0 && ids[i] <= ids[i - 1])
            refuse(l, key, "is not in ascending order");
    }
    return ids;
}

static const char **texts(loader_t *l, const json_t *object, const char *key, size_t *count)
{
    const json_t *array;
    *count             = array_in(l, object, key, &array);
    const char **items = room(l, count, sizeof *items);
    for (size_t i = 0; i < *count; i++)
        items[i] = text_value(l, key, json_array_get(array, i));
    return items;
}

/* A name of an enumeration by its `_from` function. */
#define ENUMERATION(l, object, key, from, value)                             \
    do {                                                                     \
        const char *name_ = text((l), (object), (key));                      \
        if (!(l)->failed && !from(name_, (value)))                           \
            refuse((l), (key), "is a name that we do not know");             \
    } while (0)

/* Reads every item of the array `key` by `read_item(loader, item, &items[i])`. */
#define SECTION(l, object, key, items, count, read_item)                     \
    do {                                                                     \
        const json_t *array_;                                                \
        (l)->section = (key);                                                \
        (l)->index   = 0;                                                    \
        (count)      = array_in((l), (object), (key), &array_);              \
        (items)      = room((l), &(count), sizeof *(items));                 \
        for (size_t i_ = 0; i_ < (count) && !(l)->failed; i_++) {            \
            (l)->index = i_;                                                 \
            if (!json_is_object(json_array_get(array_, i_)))                 \
                refuse((l), NULL, "is not an object");                       \
            else                                                             \
                read_item((l), json_array_get(array_, i_), &(items)[i_]);    \
        }                                                                    \
    } while (0)

/* ---- sections --------------------------------------------------------------------------------------------------------- */

static void read_input(loader_t *l, const json_t *object, report_input_t *input)
{
    input->name = text(l, object, "name");
    input->size = integer(l, object, "size", JSON_INTEGER_MAX);
    hexadecimal(l, object, "sha256", input->sha256.bytes, SHA256_SIZE);
    hexadecimal(l, object, "sha512", input->sha512.bytes, SHA512_SIZE);
}

static const report_fact_t *read_facts(loader_t *l, const json_t *object, size_t *count)
{
    const char   *key;
    const json_t *facts = json_object_get(object, "facts");
    json_t       *value;
    *count              = json_object_size(facts);
    if (facts != NULL && !json_is_object(facts))
        refuse(l, "facts", "is not an object");
    report_fact_t *out = room(l, count, sizeof *out);
    size_t         n   = 0;
    if (out != NULL)
        json_object_foreach((json_t *)facts, key, value) /* in the order of the text, which is ascending */
            out[n++] = (report_fact_t){.key = arena_text(l->arena, span_from_text(key)), .value = text_value(l, "facts", value)};
    return out;
}

static report_fact_t read_named(loader_t *l, const json_t *object, const char *value)
{
    return (report_fact_t){.key = text(l, object, "name"), .value = text(l, object, value)};
}

static const report_fact_t *read_xattrs(loader_t *l, const json_t *object, size_t *count)
{
    const json_t *array = NULL;
    *count              = json_object_get(object, "xattrs") != NULL ? array_in(l, object, "xattrs", &array) : 0;
    report_fact_t *out  = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count; i++)
        out[i] = read_named(l, json_array_get(array, i), "value");
    return out;
}

static void read_time(loader_t *l, const json_t *value, int64_t *seconds)
{
    char again[24] = "";
    if (json_is_integer(value)) {
        *seconds = json_integer_value(value);
        return;
    }
    if (json_is_string(value)) {
        *seconds = strtoll(json_string_value(value), NULL, 10);
        (void)snprintf(again, sizeof again, "%lld", (long long)*seconds);
    }
    bool is_small = *seconds <= (int64_t)JSON_INTEGER_MAX && *seconds >= -(int64_t)JSON_INTEGER_MAX;
    if (!json_is_string(value) || strcmp(again, json_string_value(value)) != 0 || is_small)
        refuse(l, "mtime", "is not a time");
}

static void read_artifact(loader_t *l, const json_t *object, report_artifact_t *a)
{
    if (artifact_id(l, "id", member(l, object, "id")) != l->index)
        refuse(l, "id", "is out of order");
    a->path     = text(l, object, "path");
    a->raw_path = text_if(l, object, "rawPath");
    a->size     = integer(l, object, "size", JSON_INTEGER_MAX);
    a->format   = text_if(l, object, "format");
    a->link     = text_if(l, object, "link");
    a->damaged  = truth_if(l, object, "damaged");
    a->parent   = artifact_if(l, object, "parent");
    hexadecimal(l, object, "sha256", a->sha256.bytes, SHA256_SIZE);
    ENUMERATION(l, object, "type", child_type_from, &a->type);
    if (a->parent != NO_ARTIFACT && a->parent >= l->index)
        refuse(l, "parent", "does not stand before its child");
    if ((a->has_mode = json_object_get(object, "mode") != NULL))
        a->mode = (uint32_t)integer(l, object, "mode", 07777);
    if ((a->has_owner = json_object_get(object, "uid") != NULL)) {
        a->uid = integer32(l, object, "uid");
        a->gid = integer32(l, object, "gid");
    }
    if ((a->has_mtime = json_object_get(object, "mtime") != NULL))
        read_time(l, json_object_get(object, "mtime"), &a->mtime);
    if ((a->has_at = json_object_get(object, "at") != NULL)) {
        const json_t *at = object_in(l, object, "at");
        a->at_offset     = integer(l, at, "offset", JSON_INTEGER_MAX);
        a->at_length     = integer(l, at, "length", JSON_INTEGER_MAX);
    }
    if (a->type == CHILD_CHAR_DEVICE || a->type == CHILD_BLOCK_DEVICE) {
        const json_t *device = object_in(l, object, "device");
        a->device_major      = integer32(l, device, "major");
        a->device_minor      = integer32(l, device, "minor");
    }
    if (json_object_get(object, "magic") != NULL) {
        const json_t *magic = object_in(l, object, "magic");
        a->mime             = text_if(l, magic, "mime");
        a->description      = text_if(l, magic, "description");
    }
    a->facts  = read_facts(l, object, &a->fact_count);
    a->xattrs = read_xattrs(l, object, &a->xattr_count);
}

static report_evidence_t *read_evidence(loader_t *l, const json_t *object, bool is_marker, size_t *count)
{
    const json_t *array;
    *count                 = array_in(l, object, "evidence", &array);
    report_evidence_t *out = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count && !l->failed; i++) {
        const json_t *item = json_array_get(array, i);
        out[i].artifact    = artifact_if(l, item, "artifact");
        out[i].offset      = integer(l, item, "offset", JSON_INTEGER_MAX);
        out[i].length      = integer(l, item, "length", JSON_INTEGER_MAX);
        out[i].confidence  = (uint8_t)integer(l, item, "confidence", 100);
        out[i].method      = text_if(l, item, is_marker ? "marker" : "method");
        out[i].text        = text_if(l, item, "text");
        out[i].version     = text_if(l, item, "version");
        out[i].subpath     = text_if(l, item, "subpath");
        if (is_marker)
            ENUMERATION(l, item, "strength", strength_from, &out[i].strength);
    }
    return out;
}

static report_conflict_t *read_conflicts(loader_t *l, const json_t *object, size_t *count)
{
    const json_t *array    = NULL;
    *count                 = json_object_get(object, "conflicts") != NULL ? array_in(l, object, "conflicts", &array) : 0;
    report_conflict_t *out = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count && !l->failed; i++) {
        const json_t *item = json_array_get(array, i);
        out[i] = (report_conflict_t){.version = text(l, item, "version"), .confidence = (uint8_t)integer(l, item, "confidence", 100), .why = text(l, item, "why")};
    }
    return out;
}

static report_relation_t *read_relations(loader_t *l, const json_t *object, size_t *count)
{
    const json_t *array    = NULL;
    *count                 = json_object_get(object, "relations") != NULL ? array_in(l, object, "relations", &array) : 0;
    report_relation_t *out = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count && !l->failed; i++) {
        const json_t *item = json_array_get(array, i), *id = json_object_get(item, "component");
        ENUMERATION(l, item, "kind", relation_from, &out[i].kind);
        out[i].component  = id != NULL ? component_id(l, "component", id) : NO_COMPONENT;
        out[i].reference  = text_if(l, item, "reference");
        out[i].constraint = text_if(l, item, "constraint");
        if (id == NULL && out[i].reference == NULL)
            refuse(l, "relations", "names nothing at its other end");
    }
    return out;
}

static void read_component(loader_t *l, const json_t *object, report_component_t *c)
{
    if (json_object_get(object, "id") != NULL && component_id(l, "id", json_object_get(object, "id")) != l->index)
        refuse(l, "id", "is out of order");
    if (json_object_get(object, "scope") != NULL) /* reports of the first days knew neither */
        ENUMERATION(l, object, "scope", component_scope_from, &c->scope);
    c->name      = text(l, object, "name");
    c->version   = text_if(l, object, "version");
    c->supplier  = text_if(l, object, "supplier");
    c->purl      = text_if(l, object, "purl");
    c->cpe       = text_if(l, object, "cpe");
    c->licences  = texts(l, object, "licences", &c->licence_count);
    c->evidence  = read_evidence(l, object, false, &c->evidence_count);
    c->artifacts = artifact_ids(l, object, "artifacts", &c->artifact_count);
    c->conflicts = read_conflicts(l, object, &c->conflict_count);
    c->relations = read_relations(l, object, &c->relation_count);
    c->upstream_version = text_if(l, object, "upstreamVersion");
    if (json_object_get(object, "files") != NULL)
        c->files = artifact_ids(l, object, "files", &c->file_count);
}

static report_law_t *read_laws(loader_t *l, const json_t *object, size_t *count)
{
    const json_t *array = NULL;
    *count            = json_object_get(object, "laws") != NULL ? array_in(l, object, "laws", &array) : 0; /* younger than the first reports */
    report_law_t *out = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count && !l->failed; i++) {
        const json_t *item = json_array_get(array, i);
        out[i] = (report_law_t){text(l, item, "title"), text_if(l, item, "date"), text_if(l, item, "articles"), text_if(l, item, "effect"),
                                text_if(l, item, "source")};
    }
    return out;
}

static report_listing_t *read_listed(loader_t *l, const json_t *object, size_t *count)
{
    const json_t *array = NULL;
    *count                = json_object_get(object, "listed") != NULL ? array_in(l, object, "listed", &array) : 0;
    report_listing_t *out = room(l, count, sizeof *out);
    for (size_t i = 0; i < *count && !l->failed; i++) {
        const json_t *item = json_array_get(array, i);
        out[i] = (report_listing_t){.list = text(l, item, "list"), .title = text_if(l, item, "title"), .date = text_if(l, item, "date"),
                                    .source = text_if(l, item, "source")};
        ENUMERATION(l, item, "status", list_status_from, &out[i].status);
    }
    return out;
}

static void read_origin(loader_t *l, const json_t *object, report_origin_t *o)
{
    o->vendor       = text(l, object, "vendor");
    o->name         = text_if(l, object, "name");
    o->group        = text_if(l, object, "group");
    o->jurisdiction = text_if(l, object, "jurisdiction");
    o->lists        = texts(l, object, "lists", &o->list_count);
    o->laws         = read_laws(l, object, &o->law_count);
    o->listed       = read_listed(l, object, &o->listed_count);
    o->evidence     = read_evidence(l, object, true, &o->evidence_count);
    o->artifacts    = artifact_ids(l, object, "artifacts", &o->artifact_count);
    ENUMERATION(l, object, "strength", strength_from, &o->strength);
}

static void read_finding(loader_t *l, const json_t *object, report_finding_t *f)
{
    uint8_t digits[8];
    f->id         = text(l, object, "id");
    f->rule       = text(l, object, "rule");
    f->title      = text(l, object, "title");
    f->confidence = (uint8_t)integer(l, object, "confidence", 100);
    f->artifact   = artifact_if(l, object, "artifact");
    f->evidence   = read_evidence(l, object, false, &f->evidence_count);
    f->references = texts(l, object, "references", &f->reference_count);
    ENUMERATION(l, object, "kind", finding_kind_from, &f->kind);
    ENUMERATION(l, object, "severity", severity_from, &f->severity);
    if (f->id[0] != 'f' || !hex_decode(f->id + 1, digits, sizeof digits) || strpbrk(f->id, "ABCDEF") != NULL)
        refuse(l, "id", "is not the id of a finding");
}

/* `damage` and `limits` repeat the ids of the findings of their kind. */
static void check_repeated(loader_t *l, const json_t *predicate, const char *key, finding_kind_t kind)
{
    const json_t *array;
    l->section   = key;
    l->index     = 0;
    size_t count = array_in(l, predicate, key, &array), at = 0;
    for (size_t i = 0; i < l->report->finding_count && !l->failed; i++)
        if (l->report->findings[i].kind == kind) {
            const char *id = json_string_value(json_array_get(array, at++));
            if (id == NULL || strcmp(id, l->report->findings[i].id) != 0)
                refuse(l, NULL, "is not the list of those findings");
        }
    if (at != count)
        refuse(l, NULL, "is not the list of those findings");
}

/* ---- ledgers ---------------------------------------------------------------------------------------------------------- */

static int by_digest(const void *a, const void *b, void *artifacts)
{
    const report_artifact_t *all = artifacts;
    return memcmp(&all[*(const uint32_t *)a].sha256, &all[*(const uint32_t *)b].sha256, sizeof(sha256_t));
}

/* The indices of the artifacts in order of their digests; an array of the arena. */
static const uint32_t *order_by_digest(loader_t *l)
{
    size_t    count = l->report->artifact_count;
    uint32_t *order = room(l, &count, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    if (count > 0)
        qsort_r(order, count, sizeof *order, by_digest, l->report->artifacts);
    return order;
}

static const report_artifact_t *artifact_with(const report_t *report, const uint32_t *order, const sha256_t *digest)
{
    size_t low = 0, high = report->artifact_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int    sign   = memcmp(&report->artifacts[order[middle]].sha256, digest, sizeof *digest);
        if (sign == 0)
            return &report->artifacts[order[middle]];
        if (sign < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void read_region(loader_t *l, const json_t *object, region_t *region)
{
    const char *class = text_if(l, object, "class");
    region->offset    = integer(l, object, "offset", JSON_INTEGER_MAX);
    region->length    = integer(l, object, "length", JSON_INTEGER_MAX);
    region->format    = text_if(l, object, "format");
    region->child     = artifact_if(l, object, "child");
    ENUMERATION(l, object, "kind", region_kind_from, &region->kind);
    if (class != NULL && !region_class_from(class, &region->class))
        refuse(l, "class", "is a name that we do not know");
    if (region->kind == REGION_UNKNOWN)
        region->entropy = (uint16_t)integer(l, object, "entropy", 8000);
}

static void read_ledger(loader_t *l, const char *key, const json_t *rows, const uint32_t *order, report_ledger_t *ledger)
{
    const char *why;
    if (!json_is_array(rows) || !hex_decode(key, ledger->sha256.bytes, SHA256_SIZE) || strpbrk(key, "ABCDEF") != NULL) {
        refuse(l, NULL, "is not the rows of a digest");
        return;
    }
    const report_artifact_t *of      = artifact_with(l->report, order, &ledger->sha256);
    size_t                   count   = json_array_size(rows);
    region_t                *regions = room(l, &count, sizeof *regions);
    for (size_t i = 0; i < count && !l->failed; i++)
        read_region(l, json_array_get(rows, i), &regions[i]);
    /* Where the limit on artifacts was reached a blob may have none: its ledger must then at least agree with itself. */
    uint64_t end    = count > 0 ? regions[count - 1].offset + regions[count - 1].length : 0;
    ledger->size    = of != NULL ? of->size : end;
    ledger->regions = regions;
    ledger->count   = count;
    if (!l->failed && !ledger_valid(regions, count, ledger->size, &why))
        refuse(l, NULL, why);
}

static void read_ledgers(loader_t *l, const json_t *predicate)
{
    const char *key;
    json_t     *rows;
    l->section                 = "ledgers";
    l->index                   = 0;
    json_t         *ledgers    = (json_t *)object_in(l, predicate, "ledgers");
    const uint32_t *order      = order_by_digest(l);
    l->report->ledger_count    = json_object_size(ledgers);
    l->report->ledgers         = room(l, &l->report->ledger_count, sizeof *l->report->ledgers);
    if (l->failed)
        return;
    json_object_foreach(ledgers, key, rows) {
        if (!l->failed)
            read_ledger(l, key, rows, order, &l->report->ledgers[l->index++]);
    }
}

/* ---- the rest of the predicate ---------------------------------------------------------------------------------------- */

static void read_coverage(loader_t *l, const json_t *predicate, report_coverage_t *c)
{
    l->section             = "coverage";
    l->index               = 0;
    const json_t *coverage = object_in(l, predicate, "coverage");
    c->bytes               = integer(l, coverage, "bytes", JSON_INTEGER_MAX);
    c->explained           = integer(l, coverage, "explained", JSON_INTEGER_MAX);
    c->unknown             = integer(l, coverage, "unknown", JSON_INTEGER_MAX);
    c->parts_per_million   = integer(l, coverage, "partsPerMillion", 1000000);
    if (c->explained + c->unknown != c->bytes)
        refuse(l, NULL, "explained and unknown bytes do not add up");
}

static void read_limits(loader_t *l, const json_t *limits, limits_t *out)
{
    *out = (limits_t){
        .depth       = integer32(l, limits, "depth"),
        .ratio       = integer32(l, limits, "ratio"),
        .ratio_floor = integer(l, limits, "ratioFloor", JSON_INTEGER_MAX),
        .children    = integer(l, limits, "children", JSON_INTEGER_MAX),
        .output      = integer(l, limits, "output", JSON_INTEGER_MAX),
        .artifacts   = integer(l, limits, "artifacts", JSON_INTEGER_MAX),
        .memory      = integer(l, limits, "memory", JSON_INTEGER_MAX),
        .job_seconds = integer32(l, limits, "jobSeconds"),
        .seconds     = integer32(l, limits, "seconds"),
    };
}

static void read_library(loader_t *l, const json_t *object, report_fact_t *library) { *library = read_named(l, object, "version"); }

static void read_source(loader_t *l, const json_t *object, report_source_t *source)
{
    uint8_t digest[SHA256_SIZE];
    source->name   = text(l, object, "name");
    source->digest = text(l, object, "digest");
    source->count  = integer(l, object, "count", JSON_INTEGER_MAX);
    size_t       count    = 0;
    const char **disabled = json_object_get(object, "disabled") != NULL ? texts(l, object, "disabled", &count) : NULL;
    for (size_t i = 0; i < count; i++)
        source->disabled = i == 0 ? disabled[0] : arena_printf(l->report->arena, "%s\n%s", source->disabled, disabled[i]);
    hexadecimal(l, object, "digest", digest, sizeof digest);
}

static void read_scanner(loader_t *l, const json_t *predicate)
{
    l->section            = "scanner";
    l->index              = 0;
    const json_t *scanner = object_in(l, predicate, "scanner");
    report_t     *report  = l->report;
    report->version       = text(l, scanner, "version");
    report->sandbox       = text_if(l, scanner, "sandbox");
    report->mode          = text_if(l, scanner, "mode");
    read_limits(l, object_in(l, scanner, "limits"), &report->limits);
    SECTION(l, scanner, "libraries", report->libraries, report->library_count, read_library);
    SECTION(l, scanner, "sources", report->sources, report->source_count, read_source);
}

static void read_run_if(loader_t *l, const json_t *predicate)
{
    if (json_object_get(predicate, "run") == NULL)
        return;
    size_t one        = 1;
    l->section        = "run";
    l->index          = 0;
    const json_t *run = object_in(l, predicate, "run");
    report_run_t *out = room(l, &one, sizeof *out);
    if (out == NULL)
        return;
    out->started   = text_if(l, run, "started");
    out->finished  = text_if(l, run, "finished");
    out->host      = text_if(l, run, "host");
    out->operator  = text_if(l, run, "operator");
    l->report->run = out;
}

static void read_case_if(loader_t *l, const json_t *predicate)
{
    if (json_object_get(predicate, "case") == NULL)
        return;
    size_t one         = 1;
    l->section         = "case";
    l->index           = 0;
    const json_t  *from = object_in(l, predicate, "case");
    report_case_t *out  = room(l, &one, sizeof *out);
    uint8_t        digest[SHA256_SIZE];
    if (out == NULL)
        return;
    *out = (report_case_t){text(l, from, "id"), integer(l, from, "entry", JSON_INTEGER_MAX), text(l, from, "sha256")};
    hexadecimal(l, from, "sha256", digest, sizeof digest);
    l->report->custody = out;
}

static void read_step(loader_t *l, const json_t *object, verdict_step_t *step)
{
    verdict_result_t effect = VERDICT_REJECT;
    step->rule              = text(l, object, "rule");
    step->effect            = text(l, object, "effect");
    step->why               = text_if(l, object, "why");
    step->reason            = text_if(l, object, "reason");
    step->reference         = text_if(l, object, "reference");
    step->waiver            = text_if(l, object, "waiver");
    step->evidence          = texts(l, object, "evidence", &step->evidence_count);
    if (json_object_get(object, "require") != NULL)
        step->require = texts(l, object, "require", &step->require_count);
    (void)member(l, object, "matched");
    step->matched = truth_if(l, object, "matched");
    if (!l->failed && !verdict_from(step->effect, &effect))
        refuse(l, "effect", "is a name that we do not know");
    if (step->matched && effect > l->report->verdict.result)
        refuse(l, "effect", "is worse than the verdict");
}

static void check_circumstances(loader_t *l, const json_t *verdict, const report_verdict_t *v)
{
    int32_t     day;
    placement_t placement;
    scope_t     scope;
    uint8_t     digest[SHA256_SIZE];
    if (v->as_of != NULL && !date_from(v->as_of, &day))
        refuse(l, "asOf", "is not a day");
    if ((v->placement != NULL && !placement_from(v->placement, &placement)) || (v->scope != NULL && !scope_from(v->scope, &scope)))
        refuse(l, "placement", "or scope is a name that we do not know");
    if (v->plan_digest != NULL)
        hexadecimal(l, verdict, "planDigest", digest, sizeof digest);
}

static void read_verdict(loader_t *l, const json_t *predicate)
{
    uint8_t           digest[SHA256_SIZE];
    report_verdict_t *v    = &l->report->verdict;
    l->section             = "verdict";
    l->index               = 0;
    const json_t *verdict  = object_in(l, predicate, "verdict");
    ENUMERATION(l, verdict, "result", verdict_from, &v->result);
    v->policy              = text_if(l, verdict, "policy");
    v->as_of               = text_if(l, verdict, "asOf");
    v->placement           = text_if(l, verdict, "placement");
    v->scope               = text_if(l, verdict, "scope");
    v->plan_digest         = text_if(l, verdict, "planDigest");
    check_circumstances(l, verdict, v);
    bool is_named          = json_object_get(predicate, "policy") != NULL;
    if (is_named != (v->policy != NULL))
        refuse(l, "policy", "and the policy of the report are not the same");
    if (v->policy == NULL && v->result == VERDICT_ACCEPT)
        refuse(l, "result", "accepts without a policy");
    if (v->policy != NULL && !l->failed) {
        const json_t *policy = object_in(l, predicate, "policy");
        v->policy_digest     = text(l, verdict, "policyDigest");
        hexadecimal(l, verdict, "policyDigest", digest, sizeof digest);
        if (!l->failed && (strcmp(text(l, policy, "id"), v->policy) != 0 || strcmp(text(l, policy, "digest"), v->policy_digest) != 0))
            refuse(l, "policy", "and the policy of the report are not the same");
    }
    SECTION(l, verdict, "trace", v->trace, v->trace_count, read_step);
}

static void read_predicate(loader_t *l, const json_t *predicate)
{
    report_t *report = l->report;
    SECTION(l, predicate, "inputs", report->inputs, report->input_count, read_input);
    if (report->input_count == 0)
        refuse(l, NULL, "a report without inputs says nothing");
    /* The number of artifacts is known before the first is read, so that references can be checked as they come. */
    report->artifact_count = json_array_size(json_object_get(predicate, "artifacts"));
    SECTION(l, predicate, "artifacts", report->artifacts, report->artifact_count, read_artifact);
    read_ledgers(l, predicate);
    read_coverage(l, predicate, &report->coverage);
    SECTION(l, predicate, "components", report->components, report->component_count, read_component);
    SECTION(l, predicate, "origins", report->origins, report->origin_count, read_origin);
    SECTION(l, predicate, "findings", report->findings, report->finding_count, read_finding);
    check_repeated(l, predicate, "damage", FINDING_DAMAGE);
    check_repeated(l, predicate, "limits", FINDING_LIMIT);
    read_scanner(l, predicate);
    read_run_if(l, predicate);
    read_case_if(l, predicate);
    read_verdict(l, predicate);
}

/* The subjects are the inputs, by their digests. */
static void check_subjects(loader_t *l, const json_t *root)
{
    const json_t *array;
    l->section   = "subject";
    l->index     = 0;
    size_t count = array_in(l, root, "subject", &array);
    if (count != l->report->input_count)
        refuse(l, NULL, "there are as many subjects as inputs");
    for (size_t i = 0; i < count && !l->failed; i++) {
        sha256_t sha256 = {0};
        sha512_t sha512 = {0};
        l->index        = i;
        const json_t *digest = object_in(l, json_array_get(array, i), "digest");
        (void)text(l, json_array_get(array, i), "name");
        hexadecimal(l, digest, "sha256", sha256.bytes, SHA256_SIZE);
        hexadecimal(l, digest, "sha512", sha512.bytes, SHA512_SIZE);
        if (!sha256_equal(&sha256, &l->report->inputs[i].sha256) || memcmp(&sha512, &l->report->inputs[i].sha512, sizeof sha512) != 0)
            refuse(l, NULL, "is not the input of the same place");
    }
}

static bool is_text(const json_t *value, const char *wanted) { return json_is_string(value) && strcmp(json_string_value(value), wanted) == 0; }

static void read_statement(loader_t *l, const json_t *root)
{
    l->section = "statement";
    if (!is_text(json_object_get(root, "_type"), STATEMENT_TYPE))
        refuse(l, "_type", "is not an in-toto Statement v1");
    else if (!is_text(json_object_get(root, "predicateType"), REPORT_PREDICATE_TYPE))
        refuse(l, "predicateType", "is not a report of ours, or of another major version");
    const json_t *predicate = object_in(l, root, "predicate");
    if (l->failed)
        return;
    read_predicate(l, predicate);
    if (!l->failed)
        check_subjects(l, root);
}

status_t reader_report(span_t statement, report_t **report, char why[REPORT_WHY])
{
    *report = NULL;
    why[0]  = '\0';
    status_t status = statement.size <= REPORT_BYTES_MAX ? json_check_canonical(statement) : status_fail(STATUS_LIMIT, "report", 0, "larger than a report may be");
    if (!status_ok(status)) {
        status_print(status, why, REPORT_WHY);
        return status;
    }
    json_error_t error;
    loader_t     l    = {.report = report_new(), .why = why};
    json_t      *root = json_loadb((const char *)statement.at, statement.size, JSON_REJECT_DUPLICATES, &error);
    if (l.report == NULL || root == NULL) {
        (void)snprintf(why, REPORT_WHY, "%s", root == NULL ? error.text : "out of memory");
        json_decref(root);
        report_free(l.report);
        return status_fail(STATUS_INVALID, "report", 0, "the report cannot be read");
    }
    l.arena = l.report->arena;
    read_statement(&l, root);
    json_decref(root);
    if (l.failed) {
        report_free(l.report);
        return status_fail(STATUS_INVALID, "report", 0, "the report does not hold");
    }
    *report = l.report;
    return ok();
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

status_t report_file_read(const char *path, report_file_t *file, char why[REPORT_WHY])
{
    *file           = (report_file_t){0};
    why[0]          = '\0';
    status_t status = input_read(path, REPORT_BYTES_MAX, &file->bytes);
    span_t   bytes  = buffer_span(&file->bytes);
    if (status_ok(status))
        file->statement = bytes;
    if (status_ok(status) && !span_starts_with(bytes, span_from_text("{\"_type\""))) {
        status          = dsse_read(bytes, REPORT_BYTES_MAX, &file->envelope);
        file->statement = buffer_span(&file->envelope.payload);
        file->is_signed = file->envelope.count > 0;
        if (status_ok(status) && strcmp(file->envelope.payload_type, STATEMENT_PAYLOAD_TYPE) != 0)
            status = status_fail(STATUS_INVALID, "dsse", 0, "the envelope holds something else than an in-toto statement");
    }
    if (!status_ok(status))
        status_print(status, why, REPORT_WHY);
    return status;
}

void report_file_free(report_file_t *file)
{
    dsse_free(&file->envelope);
    buffer_free(&file->bytes);
    *file = (report_file_t){0};
}
