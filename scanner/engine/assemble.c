#include "engine/assemble.h"

#include "base/utf8.h"
#include "engine/assembly.h"
#include "engine/origin_judge.h"

#include <stdio.h>
#include <stdlib.h>

enum { NESTING_MAX = 512 }; /* nesting that coverage follows */

static status_t out_of_memory(void) { return status_fail(STATUS_MEMORY, "report", 0, "out of memory while assembling the report"); }

const char *keep_escaped(assembly_t *a, span_t text, bool path)
{
    buffer_t out = {0};
    if (path)
        escape_path(text, &out);
    else
        escape_text(text, &out);
    span_t      escaped = out.size > 0 ? buffer_span(&out) : span_from_text("");
    const char *kept    = out.failed ? NULL : path ? arena_text(a->arena, escaped) : texts_keep(&a->texts, escaped);
    a->failed           = a->failed || kept == NULL;
    buffer_free(&out);
    return kept;
}

const char *keep_text(assembly_t *a, const char *text) { return text != NULL ? keep_escaped(a, span_from_text(text), false) : NULL; }

const char *keep_purl(assembly_t *a, const char *purl)
{
    if (purl == NULL || strncmp(purl, "pkg:", 4) != 0 || !text_may_be_shown(span_from_text(purl)))
        return keep_text(a, purl);
    const char *kept = arena_text(a->arena, span_from_text(purl));
    a->failed        = a->failed || kept == NULL;
    return kept;
}

static const char *keep_hex(assembly_t *a, span_t bytes)
{
    char *hex = arena_alloc(a->arena, bytes.size * 2 + 1);
    a->failed = a->failed || hex == NULL;
    if (hex != NULL)
        hex_encode(bytes.at, bytes.size, hex);
    return hex;
}

/* ---- artifacts --------------------------------------------------------------------------------------------------- */

static report_artifact_t *add_artifact(assembly_t *a)
{
    report_t *report = a->report;
    if (report->artifact_count == a->artifact_capacity) {
        size_t             capacity = a->artifact_capacity == 0 ? 1024 : a->artifact_capacity * 2;
        report_artifact_t *grown    = arena_array(a->arena, capacity, sizeof *grown);
        if (grown == NULL) {
            a->failed = true;
            return NULL;
        }
        if (report->artifact_count > 0)
            memcpy(grown, report->artifacts, report->artifact_count * sizeof *grown);
        report->artifacts    = grown;
        a->artifact_capacity = capacity;
    }
    return &report->artifacts[report->artifact_count++];
}

/* Room for all that is shown once: what an array leaves behind when it grows stays in the arena. */
static void reserve_artifacts(assembly_t *a, size_t roots)
{
    a->artifact_capacity = roots;
    for (uint32_t i = 0; i < collector_blobs(a->collector); i++)
        a->artifact_capacity += collector_blob(a->collector, i)->child_count;
    a->report->artifacts = arena_array(a->arena, a->artifact_capacity, sizeof *a->report->artifacts);
    a->failed            = a->failed || a->report->artifacts == NULL;
}

static int by_key(const void *x, const void *y) { return strcmp(((const report_fact_t *)x)->key, ((const report_fact_t *)y)->key); }

/* Facts in order of key; where a key was said twice, the first stands. */
static void set_facts(assembly_t *a, report_artifact_t *artifact, const blob_t *blob)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < blob->said_count; i++)
        count += blob->said[i].type == RECORD_FACT;
    report_fact_t *facts = arena_array(a->arena, count, sizeof *facts);
    if (count == 0 || facts == NULL)
        return;
    for (size_t i = 0; i < blob->said_count; i++) {
        if (blob->said[i].type != RECORD_FACT)
            continue;
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++)
            known = strcmp(facts[k].key, blob->said[i].fact.key) == 0;
        if (!known && kept < 256)
            facts[kept++] = (report_fact_t){blob->said[i].fact.key, blob->said[i].fact.value};
    }
    for (size_t k = 0; k < kept; k++)
        facts[k] = (report_fact_t){keep_text(a, facts[k].key), keep_text(a, facts[k].value)};
    if (a->failed)
        return;
    qsort(facts, kept, sizeof *facts, by_key);
    artifact->facts      = facts;
    artifact->fact_count = kept;
}

static void set_blob(assembly_t *a, report_artifact_t *artifact, uint32_t index)
{
    const blob_t *blob = collector_blob(a->collector, index);
    artifact->sha256      = blob->sha256;
    artifact->size        = blob->content.length;
    artifact->mime        = keep_text(a, blob->mime);
    artifact->description = keep_text(a, blob->description);
    artifact->format      = keep_text(a, blob->format);
    set_facts(a, artifact, blob);
}

static const char *join_path(assembly_t *a, const char *parent, const char *name)
{
    char *path = arena_printf(a->arena, "%s/%s", parent, name);
    a->failed  = a->failed || path == NULL;
    return path;
}

static void set_xattrs(assembly_t *a, report_artifact_t *artifact, const child_info_t *info)
{
    report_fact_t *xattrs = arena_array(a->arena, info->xattr_count, sizeof *xattrs);
    if (info->xattr_count == 0 || xattrs == NULL)
        return;
    for (size_t i = 0; i < info->xattr_count; i++)
        xattrs[i] = (report_fact_t){keep_escaped(a, info->xattrs[i].name, false), keep_hex(a, info->xattrs[i].value)};
    artifact->xattrs      = xattrs;
    artifact->xattr_count = info->xattr_count;
}

static void add_child(assembly_t *a, uint32_t parent, const blob_child_t *child)
{
    const child_info_t *info     = child->info;
    report_artifact_t  *artifact = add_artifact(a);
    if (artifact == NULL)
        return;
    const char *name = keep_escaped(a, info->path, true);
    if (a->failed)
        return;
    *artifact = (report_artifact_t){
        .path = join_path(a, a->report->artifacts[parent].path, name), .type = info->type, .has_mode = info->has_mode, .has_owner = info->has_owner,
        .has_mtime = info->has_mtime, .has_at = child->at_length > 0, .damaged = child->damaged, .mode = info->mode, .uid = info->uid, .gid = info->gid,
        .device_major = info->device_major, .device_minor = info->device_minor, .mtime = info->mtime, .parent = parent,
        .at_offset = child->at_offset, .at_length = child->at_length,
    };
    if (strchr(name, '%') != NULL)
        artifact->raw_path = keep_hex(a, info->path);
    if (info->type == CHILD_SYMLINK)
        artifact->link = keep_escaped(a, info->link, false);
    set_xattrs(a, artifact, info);
    if (child->blob != NO_BLOB)
        set_blob(a, artifact, child->blob);
    else
        a->failed = a->failed || !status_ok(sha256_of(span_from("", 0), &artifact->sha256));
}

typedef struct { uint32_t artifact, blob, depth; } open_t;

/* Shows what is inside one artifact. A container met again is shown again, as long as the limit on repetition allows. */
static bool may_show(assembly_t *a, const open_t *open, const blob_t *blob)
{
    if (blob->child_count == 0 || open->depth >= a->limits->depth)
        return false;
    if (a->children[open->blob] == NO_ARTIFACT)
        return true;
    a->repeated += blob->child_count;
    if (a->repeated > a->limits->artifacts)
        a->cut = true;
    return !a->cut;
}

static span_t base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return span_from_text(slash != NULL && slash[1] != '\0' ? slash + 1 : path);
}

/* Depth first, in the order of extraction: the inside of a child stands behind all children of its parent, so that children are
 * neighbours and the tree can be read without recursion. */
static status_t build_tree(assembly_t *a)
{
    const collector_root_t *roots;
    size_t  count = collector_roots(a->collector, &roots), waiting = 0, capacity = 1024;
    open_t *stack = malloc(capacity * sizeof *stack);
    reserve_artifacts(a, count);
    for (size_t i = 0; stack != NULL && i < count; i++) {
        report_artifact_t *artifact = add_artifact(a);
        if (artifact == NULL)
            break;
        *artifact = (report_artifact_t){.path = keep_escaped(a, base_name(roots[i].name), true), .type = CHILD_FILE, .parent = NO_ARTIFACT};
        set_blob(a, artifact, roots[i].blob);
        stack[waiting++] = (open_t){(uint32_t)a->report->artifact_count - 1, roots[i].blob, 0};
        while (!a->failed && waiting > 0) {
            open_t        open = stack[--waiting];
            const blob_t *blob = collector_blob(a->collector, open.blob);
            if (a->first[open.blob] == NO_ARTIFACT)
                a->first[open.blob] = open.artifact;
            if (!may_show(a, &open, blob))
                continue;
            uint32_t from = (uint32_t)a->report->artifact_count;
            if (a->children[open.blob] == NO_ARTIFACT)
                a->children[open.blob] = from;
            for (uint32_t k = 0; k < blob->child_count && !a->failed; k++)
                add_child(a, open.artifact, &blob->children[k]);
            if (waiting + blob->child_count > capacity) {
                capacity      = (waiting + blob->child_count) * 2;
                open_t *grown = realloc(stack, capacity * sizeof *stack);
                if (grown == NULL) {
                    a->failed = true;
                    break;
                }
                stack = grown;
            }
            for (uint32_t k = blob->child_count; k > 0; k--)
                if (blob->children[k - 1].blob != NO_BLOB)
                    stack[waiting++] = (open_t){from + k - 1, blob->children[k - 1].blob, open.depth + 1};
        }
    }
    a->failed = a->failed || stack == NULL;
    free(stack);
    return a->failed ? out_of_memory() : ok();
}

/* ---- ledgers and coverage ---------------------------------------------------------------------------------------- */

static int by_sha256(const void *x, const void *y) { return memcmp(&((const report_ledger_t *)x)->sha256, &((const report_ledger_t *)y)->sha256, SHA256_SIZE); }

static status_t build_ledgers(assembly_t *a)
{
    size_t count              = collector_blobs(a->collector);
    a->report->ledgers        = arena_array(a->arena, count, sizeof *a->report->ledgers);
    if (a->report->ledgers == NULL)
        return out_of_memory();
    for (uint32_t i = 0; i < count; i++) {
        const blob_t *blob = collector_blob(a->collector, i);
        region_t     *rows = arena_array(a->arena, blob->region_count, sizeof *rows);
        if (rows == NULL)
            return out_of_memory();
        if (a->first[i] == NO_ARTIFACT)
            continue; /* only inside containers that are not shown */
        for (size_t k = 0; k < blob->region_count; k++) {
            rows[k]        = blob->regions[k];
            rows[k].format = keep_text(a, rows[k].format);
            if (rows[k].child != NO_CHILD)
                rows[k].child = a->children[i] != NO_ARTIFACT ? a->children[i] + rows[k].child : NO_CHILD;
        }
        a->report->ledgers[a->report->ledger_count++] = (report_ledger_t){blob->sha256, blob->content.length, rows, blob->region_count};
    }
    if (a->report->ledger_count > 0)
        qsort(a->report->ledgers, a->report->ledger_count, sizeof *a->report->ledgers, by_sha256);
    return a->failed ? out_of_memory() : ok();
}

static uint64_t scaled(uint64_t length, uint64_t part, uint64_t whole)
{
    return whole == 0 ? length : (uint64_t)((unsigned __int128)length * part / whole);
}

/* How many bytes of a blob are explained: structure, padding and spare bytes are; content is as far as the child's own bytes are.
 * A named member that no format claims and that does not look compressed or encrypted counts as explained by the entry that
 * names it; a payload that was merely fenced off does not. See docs/decisions/0002-coverage.md. */
static uint64_t explained_bytes(assembly_t *a, uint32_t index, unsigned nesting);

static uint64_t explained_of_child(assembly_t *a, const blob_child_t *child, uint64_t length, unsigned nesting)
{
    if (child->blob == NO_BLOB)
        return length;
    const blob_t *blob   = collector_blob(a->collector, child->blob);
    bool          member = child->info->type == CHILD_FILE;
    if (!member || blob->format != NULL || blob->child_count > 0)
        return scaled(length, explained_bytes(a, child->blob, nesting + 1), blob->content.length);
    uint64_t opaque = 0;
    for (size_t i = 0; i < blob->region_count; i++)
        if (blob->regions[i].kind == REGION_UNKNOWN && (blob->regions[i].class == CLASS_COMPRESSED_OR_ENCRYPTED || blob->state == BLOB_LOST))
            opaque += blob->regions[i].length;
    return scaled(length, blob->content.length - opaque, blob->content.length);
}

static uint64_t explained_bytes(assembly_t *a, uint32_t index, unsigned nesting)
{
    const blob_t *blob  = collector_blob(a->collector, index);
    uint64_t      total = 0;
    if (a->explained[index] != 0)
        return a->explained[index] - 1;
    if (nesting > NESTING_MAX)
        return 0;
    a->explained[index] = 1; /* a blob inside itself explains nothing */
    for (size_t i = 0; i < blob->region_count; i++) {
        const region_t *region = &blob->regions[i];
        if (region->kind == REGION_CONTENT && region->child < blob->child_count)
            total += explained_of_child(a, &blob->children[region->child], region->length, nesting);
        else if (region->kind != REGION_UNKNOWN)
            total += region->length;
    }
    a->explained[index] = total + 1;
    return total;
}

static void build_coverage(assembly_t *a)
{
    const collector_root_t *roots;
    size_t                  count = collector_roots(a->collector, &roots);
    report_coverage_t      *c     = &a->report->coverage;
    for (size_t i = 0; i < count; i++) {
        c->bytes += roots[i].size;
        c->explained += explained_bytes(a, roots[i].blob, 0);
    }
    c->unknown           = c->bytes - c->explained;
    c->parts_per_million = scaled(1000000, c->explained, c->bytes);
}

/* ---- claims: components, origins, findings ------------------------------------------------------------------------ */

static bool add_claim(claims_t *list, claim_t claim)
{
    if (list->count == list->capacity) {
        size_t   capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        claim_t *grown    = realloc(list->claims, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        list->claims   = grown;
        list->capacity = capacity;
    }
    list->claims[list->count++] = claim;
    return true;
}

static int compare_claims(const void *x, const void *y, void *context)
{
    const claim_t    *a = x, *b = y;
    const assembly_t *assembly = context;
    int               order    = strcmp(a->key, b->key);
    if (order != 0)
        return order;
    if (a->blob != b->blob)
        return assembly->first[a->blob] < assembly->first[b->blob] ? -1 : 1;
    return a->record < b->record ? -1 : a->record > b->record;
}

bool gather(assembly_t *a, claims_t *list, bool (*wanted)(const record_t *), char *(*key)(assembly_t *, uint32_t, const record_t *))
{
    for (uint32_t i = 0; i < collector_blobs(a->collector); i++) {
        const blob_t *blob = collector_blob(a->collector, i);
        for (size_t k = 0; a->first[i] != NO_ARTIFACT && k < blob->said_count; k++) {
            if (!wanted(&blob->said[k]))
                continue;
            char *text = key(a, i, &blob->said[k]);
            strength_t strength = blob->said[k].type == RECORD_MARKER ? blob->said[k].marker.strength : STRENGTH_SUPPORTING;
            if (text == NULL || !add_claim(list, (claim_t){text, i, &blob->said[k], strength}))
                return false;
        }
    }
    if (list->count > 0)
        qsort_r(list->claims, list->count, sizeof *list->claims, compare_claims, a);
    return true;
}

size_t same_key(const claims_t *list, size_t from)
{
    size_t n = 1;
    while (from + n < list->count && strcmp(list->claims[from].key, list->claims[from + n].key) == 0)
        n++;
    return n;
}

static const evidence_t *evidence_of(const record_t *r)
{
    return r->type == RECORD_COMPONENT ? &r->component.evidence : r->type == RECORD_MARKER ? &r->marker.evidence : &r->finding.evidence;
}

report_evidence_t evidence_row(assembly_t *a, const claim_t *claim)
{
    const evidence_t *e = evidence_of(claim->record);
    return (report_evidence_t){.artifact = a->first[claim->blob], .offset = e->offset, .length = e->length, .method = keep_text(a, e->method),
                               .text = keep_escaped(a, e->text, false), .confidence = e->confidence};
}

static report_evidence_t *evidence_rows(assembly_t *a, const claim_t *claims, size_t count, size_t *kept)
{
    *kept                   = count < EVIDENCE_MAX ? count : EVIDENCE_MAX;
    report_evidence_t *rows = arena_array(a->arena, *kept, sizeof *rows);
    a->failed               = a->failed || rows == NULL;
    for (size_t i = 0; rows != NULL && i < *kept; i++)
        rows[i] = evidence_row(a, &claims[i]);
    return rows;
}

static int by_digest(const void *x, const void *y)
{
    const appearance_t *a = x, *b = y;
    int                 order = memcmp(&a->sha256, &b->sha256, SHA256_SIZE);
    return order != 0 ? order : a->artifact < b->artifact ? -1 : a->artifact > b->artifact;
}

static int by_index(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

static bool find_appearances(const assembly_t *a, appearances_t *list)
{
    list->rows = malloc((a->report->artifact_count + 1) * sizeof *list->rows);
    if (list->rows == NULL)
        return false;
    for (size_t i = 0; i < a->report->artifact_count; i++)
        if (a->report->artifacts[i].type == CHILD_FILE || a->report->artifacts[i].type == CHILD_PAYLOAD)
            list->rows[list->count++] = (appearance_t){a->report->artifacts[i].sha256, (uint32_t)i};
    if (list->count > 0)
        qsort(list->rows, list->count, sizeof *list->rows, by_digest);
    return true;
}

size_t appearances_from(const appearances_t *list, const sha256_t *sha256)
{
    appearance_t key = {*sha256, 0};
    size_t       low = 0, high = list->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (by_digest(&list->rows[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t *artifacts_of(assembly_t *a, const appearances_t *list, const claim_t *claims, size_t count, size_t *kept)
{
    size_t    capacity = 16;
    uint32_t *found    = malloc(capacity * sizeof *found), last = NO_BLOB;
    *kept              = 0;
    for (size_t i = 0; found != NULL && i < count; i++) {
        if (claims[i].blob == last)
            continue;
        last             = claims[i].blob;
        const sha256_t *digest = &collector_blob(a->collector, last)->sha256;
        for (size_t low = appearances_from(list, digest); low < list->count && sha256_equal(&list->rows[low].sha256, digest); low++) {
            if (*kept == capacity) {
                uint32_t *grown = realloc(found, (capacity *= 2) * sizeof *found);
                if (grown == NULL) {
                    free(found);
                    a->failed = true;
                    return NULL;
                }
                found = grown;
            }
            found[(*kept)++] = list->rows[low].artifact;
        }
    }
    uint32_t *result = arena_array(a->arena, *kept, sizeof *result);
    a->failed        = a->failed || found == NULL || result == NULL;
    if (!a->failed && *kept > 0) {
        qsort(found, *kept, sizeof *found, by_index);
        size_t once = 0;
        for (size_t i = 0; i < *kept; i++)
            if (i == 0 || found[i] != found[i - 1])
                result[once++] = found[i];
        *kept = once;
    }
    free(found);
    return result;
}

static bool is_marker(const record_t *r) { return r->type == RECORD_MARKER; }

static const char *or_empty(const char *text) { return text != NULL ? text : ""; }

static char *marker_key(assembly_t *a, uint32_t blob, const record_t *r)
{
    (void)blob;
    return arena_text(a->arena, span_from_text(r->marker.vendor));
}

static int by_strength(const void *x, const void *y, void *context)
{
    const claim_t *a = x, *b = y;
    if (a->strength != b->strength)
        return a->strength > b->strength ? -1 : 1;
    return compare_claims(x, y, context);
}

static void add_laws(assembly_t *a, report_origin_t *origin)
{
    const jurisdiction_t *jurisdiction = knowledge_jurisdiction(a->knowledge, origin->jurisdiction);
    size_t                count        = jurisdiction != NULL ? jurisdiction->law_count : 0;
    origin->laws = arena_array(a->arena, count, sizeof *origin->laws);
    a->failed    = a->failed || origin->laws == NULL;
    for (; origin->laws != NULL && origin->law_count < count; origin->law_count++) {
        const law_t *law                = &jurisdiction->laws[origin->law_count];
        origin->laws[origin->law_count] = (report_law_t){law->title, law->date, law->articles, law->effect, law->source};
    }
}

/* A list that is proposed or repealed is shown, but restricts nothing. */
static void add_lists(assembly_t *a, report_origin_t *origin, const vendor_t *vendor)
{
    origin->lists  = arena_array(a->arena, a->knowledge->list_count, sizeof *origin->lists);
    origin->listed = arena_array(a->arena, a->knowledge->list_count, sizeof *origin->listed);
    a->failed      = a->failed || origin->lists == NULL || origin->listed == NULL;
    for (size_t i = 0; !a->failed && i < a->knowledge->list_count; i++) {
        const restriction_list_t *list  = &a->knowledge->lists[i];
        const list_entry_t       *entry = list_entry_of(list, vendor);
        if (entry == NULL)
            continue;
        origin->listed[origin->listed_count++] = (report_listing_t){list->id, list->title, entry->date, entry->source, entry->status};
        if (entry->status == LIST_IN_FORCE)
            origin->lists[origin->list_count++] = list->id;
    }
}

static void add_origin(assembly_t *a, const appearances_t *where, claim_t *claims, const origin_claim_t *weighed, size_t count)
{
    const vendor_t *vendor = a->knowledge != NULL ? knowledge_vendor(a->knowledge, claims[0].record->marker.vendor) : NULL;
    strength_t      strength;
    if (vendor == NULL || !origin_stands(weighed, count, &strength))
        return;
    report_origin_t *origin = &a->report->origins[a->report->origin_count++];
    *origin = (report_origin_t){.vendor = vendor->id, .name = vendor->name, .group = vendor->group, .jurisdiction = vendor->jurisdiction, .strength = strength};
    add_laws(a, origin);
    add_lists(a, origin, vendor);
    for (size_t i = 0; i < count; i++)
        claims[i].strength = weighed[i].strength;
    origin->artifacts = artifacts_of(a, where, claims, count, &origin->artifact_count);
    qsort_r(claims, count, sizeof *claims, by_strength, a); /* the strongest evidence is what is kept */
    origin->evidence = evidence_rows(a, claims, count, &origin->evidence_count);
    for (size_t i = 0; origin->evidence != NULL && i < origin->evidence_count; i++) {
        origin->evidence[i].method   = keep_text(a, claims[i].record->marker.marker);
        origin->evidence[i].strength = claims[i].strength;
    }
}

/* ---- what the headers of images say of their maker ------------------------------------------------------------------ */

/* Keys of extractors' facts, and what kind of marker their value is. */
static const struct { const char *key; marker_kind_t kind; } vendor_facts[] = {
    {"boot.vendor", MARKER_IMAGE_VENDOR}, {"rkaf.manufacturer", MARKER_IMAGE_VENDOR}, {"option-rom.device", MARKER_PCI_ID}, {"dfu.vendor", MARKER_USB_ID},
};

static bool fact_names(const marker_t *marker, marker_kind_t kind, const char *value)
{
    if (marker->kind != kind)
        return false;
    if (kind == MARKER_IMAGE_VENDOR)
        return strcasecmp(marker->value, value) == 0;
    return strtoul(value, NULL, 16) == marker->number; /* 0x12D1, 19E5:0222 */
}

static bool claim_fact(assembly_t *a, claims_t *list, uint32_t blob, const record_t *fact, marker_kind_t kind)
{
    for (size_t i = 0; i < a->knowledge->vendor_count; i++)
        for (size_t j = 0; j < a->knowledge->vendors[i].marker_count; j++) {
            const vendor_t *vendor = &a->knowledge->vendors[i];
            const marker_t *marker = &vendor->markers[j];
            if (!fact_names(marker, kind, fact->fact.value))
                continue;
            record_t *record = arena_alloc(a->arena, sizeof *record);
            if (record == NULL)
                return false;
            evidence_t evidence = {0, 0, fact->fact.key, span_from_text(fact->fact.value), marker->strength == STRENGTH_SUPPORTING ? 50 : 80};
            *record = (record_t){.type = RECORD_MARKER, .marker = {vendor->id, marker_kind_name(marker->kind), marker->strength, evidence}};
            if (!add_claim(list, (claim_t){vendor->id, blob, record, marker->strength}))
                return false;
        }
    return true;
}

static bool claim_facts(assembly_t *a, claims_t *list)
{
    for (uint32_t i = 0; a->knowledge != NULL && i < collector_blobs(a->collector); i++) {
        const blob_t *blob = collector_blob(a->collector, i);
        for (size_t k = 0; a->first[i] != NO_ARTIFACT && k < blob->said_count; k++)
            for (size_t f = 0; f < sizeof vendor_facts / sizeof *vendor_facts; f++)
                if (blob->said[k].type == RECORD_FACT && strcmp(blob->said[k].fact.key, vendor_facts[f].key) == 0 &&
                    !claim_fact(a, list, i, &blob->said[k], vendor_facts[f].kind))
                    return false;
    }
    if (list->count > 0)
        qsort_r(list->claims, list->count, sizeof *list->claims, compare_claims, a);
    return true;
}

static origin_claim_t *weigh(const claims_t *markers)
{
    origin_claim_t *weighed = calloc(markers->count + 1, sizeof *weighed);
    for (size_t i = 0; weighed != NULL && i < markers->count; i++) {
        const record_t *r = markers->claims[i].record;
        weighed[i]        = (origin_claim_t){r->marker.vendor, r->marker.marker, markers->claims[i].blob, r->marker.strength, false};
    }
    if (weighed != NULL && !origins_weigh(weighed, markers->count)) {
        free(weighed);
        return NULL;
    }
    return weighed;
}

static status_t build_components_and_origins(assembly_t *a)
{
    claims_t      markers = {0};
    appearances_t where = {0};
    bool            good    = find_appearances(a, &where) && merge_components(a, &where) && gather(a, &markers, is_marker, marker_key) && claim_facts(a, &markers);
    origin_claim_t *weighed = good ? weigh(&markers) : NULL;
    if (good) {
        a->report->origins = arena_array(a->arena, markers.count, sizeof *a->report->origins);
        good               = a->report->origins != NULL && weighed != NULL;
    }
    for (size_t i = 0, n; good && i < markers.count; i += n)
        add_origin(a, &where, markers.claims + i, weighed + i, n = same_key(&markers, i));
    free(weighed);
    free(where.rows);
    free(markers.claims);
    return good && !a->failed ? ok() : out_of_memory();
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static bool is_finding(const record_t *r) { return r->type == RECORD_FINDING || r->type == RECORD_DAMAGE || r->type == RECORD_LIMIT; }

/* What a finding is about: damage and limits of one kind in one blob are one finding with several places. */
static char *finding_rule(assembly_t *a, const record_t *r)
{
    return r->type == RECORD_FINDING  ? arena_text(a->arena, span_from_text(r->finding.rule))
           : r->type == RECORD_DAMAGE ? arena_printf(a->arena, "damage/%s", or_empty(r->damage.format))
                                      : arena_printf(a->arena, "limit/%s", r->limit.limit);
}

static const char *finding_title(const record_t *r)
{
    return r->type == RECORD_FINDING ? r->finding.title : r->type == RECORD_DAMAGE ? r->damage.what : r->limit.what;
}

static char *finding_key(assembly_t *a, uint32_t blob, const record_t *r)
{
    char *rule = finding_rule(a, r);
    return rule != NULL ? arena_printf(a->arena, "%s\x01%08x\x01%s", rule, a->first[blob], finding_title(r)) : NULL;
}

static report_evidence_t finding_evidence(assembly_t *a, const claim_t *claim)
{
    const record_t *r = claim->record;
    if (r->type == RECORD_FINDING)
        return evidence_row(a, claim);
    if (r->type == RECORD_LIMIT)
        return (report_evidence_t){.artifact = a->first[claim->blob], .offset = r->limit.offset, .length = r->limit.length, .method = keep_text(a, r->limit.limit),
                                   .text = "", .confidence = 100};
    const blob_t     *blob = collector_blob(a->collector, claim->blob);
    report_evidence_t row  = {.artifact = a->first[claim->blob], .offset = r->damage.offset, .length = r->damage.length,
                              .method = keep_text(a, or_empty(r->damage.format)), .text = "", .confidence = 100};
    if (r->damage.child < blob->child_count)
        row.text = keep_escaped(a, blob->children[r->damage.child].info->path, true);
    return row;
}

static void set_finding_id(assembly_t *a, report_finding_t *finding, const claim_t *claim, uint64_t offset)
{
    buffer_t text = {0};
    sha256_t digest;
    char     hex[17];
    buffer_append_text(&text, finding->rule);
    buffer_append_byte(&text, 0);
    buffer_append(&text, span_from(collector_blob(a->collector, claim->blob)->sha256.bytes, SHA256_SIZE));
    buffer_append_le(&text, offset, 8);
    buffer_append_text(&text, finding->title);
    a->failed = a->failed || text.failed || !status_ok(sha256_of(buffer_span(&text), &digest));
    if (!a->failed) {
        hex_encode(digest.bytes, 8, hex);
        finding->id = arena_printf(a->arena, "f%s", hex);
    }
    a->failed = a->failed || finding->id == NULL;
    buffer_free(&text);
}

static void set_references(assembly_t *a, report_finding_t *finding, const char *lines)
{
    size_t count = 0;
    for (const char *c = lines; c != NULL && *c != '\0'; c++)
        count += c == lines || c[-1] == '\n';
    finding->references = arena_array(a->arena, count, sizeof *finding->references);
    a->failed           = a->failed || finding->references == NULL;
    while (!a->failed && lines != NULL && *lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0)
            finding->references[finding->reference_count++] = keep_escaped(a, span_from(lines, length), false);
        lines += length + (lines[length] == '\n');
    }
}

static void add_finding(assembly_t *a, const claim_t *claims, size_t count)
{
    const record_t   *r       = claims[0].record;
    report_finding_t *finding = &a->report->findings[a->report->finding_count++];
    *finding = (report_finding_t){
        .kind       = r->type == RECORD_FINDING ? r->finding.kind : r->type == RECORD_DAMAGE ? FINDING_DAMAGE : FINDING_LIMIT,
        .severity   = r->type == RECORD_FINDING ? r->finding.severity : SEVERITY_MEDIUM,
        .confidence = r->type == RECORD_FINDING ? r->finding.evidence.confidence : 100,
        .artifact   = a->first[claims[0].blob], .title = keep_text(a, finding_title(r)),
    };
    char *rule    = finding_rule(a, r);
    finding->rule = rule != NULL ? keep_text(a, rule) : NULL;
    finding->evidence_count = count < EVIDENCE_MAX ? count : EVIDENCE_MAX;
    finding->evidence       = arena_array(a->arena, finding->evidence_count, sizeof *finding->evidence);
    a->failed               = a->failed || finding->rule == NULL || finding->title == NULL || finding->evidence == NULL;
    for (size_t i = 0; !a->failed && i < finding->evidence_count; i++)
        finding->evidence[i] = finding_evidence(a, &claims[i]);
    if (a->failed)
        return;
    set_references(a, finding, r->type == RECORD_FINDING ? r->finding.references : NULL);
    set_finding_id(a, finding, &claims[0], finding->evidence_count > 0 ? finding->evidence[0].offset : 0);
}

static int by_weight(const void *x, const void *y)
{
    const report_finding_t *a = x, *b = y;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    int order = strcmp(a->rule, b->rule);
    if (order != 0)
        return order;
    if (a->artifact != b->artifact)
        return a->artifact < b->artifact ? -1 : 1;
    return strcmp(a->id, b->id);
}

static void say_cut(assembly_t *a)
{
    report_finding_t *finding = &a->report->findings[a->report->finding_count++];
    *finding = (report_finding_t){.id = "f0000000000000000", .rule = "limit/artifacts", .kind = FINDING_LIMIT, .severity = SEVERITY_MEDIUM, .confidence = 100,
                                  .title = "containers that occur many times are shown once: the limit on repeated artifacts was reached"};
}

static status_t build_findings(assembly_t *a)
{
    claims_t claims = {0};
    bool     good   = gather(a, &claims, is_finding, finding_key);
    if (good) {
        a->report->findings = arena_array(a->arena, claims.count + 1, sizeof *a->report->findings);
        good                = a->report->findings != NULL;
    }
    for (size_t i = 0, n; good && !a->failed && i < claims.count; i += n)
        add_finding(a, claims.claims + i, n = same_key(&claims, i));
    if (good && a->cut)
        say_cut(a);
    if (good && !a->failed && a->report->finding_count > 0)
        qsort(a->report->findings, a->report->finding_count, sizeof *a->report->findings, by_weight);
    free(claims.claims);
    return good && !a->failed ? ok() : out_of_memory();
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static status_t build_inputs(assembly_t *a)
{
    const collector_input_t *inputs;
    size_t                   count = collector_inputs(a->collector, &inputs);
    a->report->inputs              = arena_array(a->arena, count, sizeof *a->report->inputs);
    if (a->report->inputs == NULL)
        return out_of_memory();
    for (size_t i = 0; i < count; i++) {
        a->report->inputs[i] = (report_input_t){keep_escaped(a, base_name(inputs[i].name), true), inputs[i].size, inputs[i].sha256, inputs[i].sha512};
    }
    a->report->input_count = count;
    return a->failed ? out_of_memory() : ok();
}

status_t assemble_report(const collector_t *collector, const knowledge_t *knowledge, const limits_t *limits, report_t *report)
{
    size_t     blobs = collector_blobs(collector);
    assembly_t a     = {.collector = collector, .knowledge = knowledge, .limits = limits, .report = report, .arena = report->arena, .texts = {.arena = report->arena},
                        .first = malloc((blobs + 1) * sizeof(uint32_t)), .children = malloc((blobs + 1) * sizeof(uint32_t)),
                        .explained = calloc(blobs + 1, sizeof(uint64_t))};
    status_t   status = a.first != NULL && a.children != NULL && a.explained != NULL ? ok() : out_of_memory();
    if (status_ok(status)) {
        memset(a.first, 0xFF, (blobs + 1) * sizeof *a.first);
        memset(a.children, 0xFF, (blobs + 1) * sizeof *a.children);
        status = build_inputs(&a);
    }
    if (status_ok(status))
        status = build_tree(&a);
    if (status_ok(status))
        status = build_ledgers(&a);
    if (status_ok(status)) {
        build_coverage(&a);
        status = build_components_and_origins(&a);
    }
    if (status_ok(status))
        status = build_findings(&a);
    texts_free(&a.texts);
    free(a.first);
    free(a.children);
    free(a.explained);
    return status;
}
