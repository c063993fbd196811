/* From what single blobs say to components. Claims of the same name, version and purl are one component, wherever they were made. Beyond that:
 * - what is observed in a file that belongs to a package, and is that package's software, is evidence for the package;
 * - what is observed in one file under one name in several versions is one component, of the version with the best evidence.
 * Both keep the other versions as conflicts. Then relations find their other ends. */
#include "base/utf8.h"
#include "engine/assembly.h"
#include "engine/names.h"
#include "engine/relations.h"

enum { APPEARANCES_MAX = 16 }; /* of one blob that are looked at for owners: more are copies of the same tree */

/* ---- claims and nodes ------------------------------------------------------------------------------------------------ */

static bool is_component(const record_t *r) { return r->type == RECORD_COMPONENT; }

static const char *or_empty(const char *text) { return text != NULL ? text : ""; }

static char *component_key(assembly_t *a, uint32_t blob, const record_t *r)
{
    (void)blob;
    return arena_printf(a->arena, "%s\x01%s\x01%s", r->component.name, or_empty(r->component.version), or_empty(r->component.purl));
}

static bool make_nodes(merge_t *m)
{
    size_t count = m->claims.count;
    m->node      = malloc((count + 1) * sizeof *m->node);
    m->first     = malloc((count + 1) * sizeof *m->first);
    m->source    = calloc(count + 1, sizeof *m->source);
    m->owner     = malloc((m->a->report->artifact_count + 1) * sizeof *m->owner);
    if (m->node == NULL || m->first == NULL || m->source == NULL || m->owner == NULL)
        return false;
    memset(m->owner, 0xFF, (m->a->report->artifact_count + 1) * sizeof *m->owner);
    for (size_t i = 0, n; i < count; i += n) {
        n                            = same_key(&m->claims, i);
        m->first[m->node_count]      = (uint32_t)i;
        for (size_t k = i; k < i + n; k++)
            m->node[k] = (uint32_t)m->node_count;
        m->node_count++;
    }
    return true;
}

static const record_t *record_of(const merge_t *m, uint32_t node) { return m->claims.claims[m->first[node]].record; }

/* Is the claim still where its own key puts it, and not merged into another node? */
static bool is_own(const merge_t *m, size_t claim) { return strcmp(m->claims.claims[claim].key, m->claims.claims[m->first[m->node[claim]]].key) == 0;
                                                    }

/* ---- where things are ------------------------------------------------------------------------------------------------ */

/* The root of the file system that this database is about: what stands before the database's usual place, else the container. */
static span_t root_of(const merge_t *m, uint32_t artifact)
{
    static const char *const places[] = {"/var/lib/dpkg/", "/usr/lib/opkg/", "/var/lib/opkg/", "/lib/apk/db/", "/var/lib/rpm/",
                                         "/usr/lib/sysimage/rpm/", "/var/lib/pacman/"};
    const report_artifact_t *all    = m->a->report->artifacts;
    span_t                   path   = span_from_text(all[artifact].path);
    uint32_t                 parent = all[artifact].parent;
    size_t                   from   = parent != NO_ARTIFACT ? strlen(all[parent].path) : 0;
    span_t                   rest   = span_from_offset(path, from);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const uint8_t *at = rest.size > 0 ? memmem(rest.at, rest.size, places[i], strlen(places[i])) : NULL;
        if (at != NULL)
            return span_sub(path, 0, (uint64_t)(at - path.at));
    }
    return span_sub(path, 0, min_u64(from, path.size));
}

char *merge_in_root(const merge_t *m, char mark, uint32_t artifact, span_t name)
{
    span_t root = root_of(m, artifact);
    return arena_printf(m->scratch, "%c%.*s\x01%.*s", mark, (int)root.size, (const char *)root.at, (int)name.size, (const char *)name.at);
}

char *merge_in_blob(const merge_t *m, char mark, uint32_t blob,
                    const char *purl) { return arena_printf(m->scratch, "%c%08x%s", mark, (unsigned)blob, purl); }

span_t merge_base_purl(const char *purl) { return span_from(purl, strcspn(purl, "@?#")); }

size_t merge_appearances(const merge_t *m, uint32_t blob, size_t *from)
{
    const sha256_t *digest = &collector_blob(m->a->collector, blob)->sha256;
    size_t          count  = 0;
    *from                  = appearances_from(m->where, digest);
    while (count < APPEARANCES_MAX && *from + count < m->where->count && sha256_equal(&m->where->rows[*from + count].sha256, digest))
        count++;
    return count;
}

/* Under which names a package is looked for: 'f' its purl in one blob, 'i' its base purl in one blob, 'p' its purl, 'b' its base purl,
 * 'r' its base purl in one root, 'n' its name in one root. */
static bool index_claim(merge_t *m, size_t index)
{
    const claim_t  *claim = &m->claims.claims[index];
    const record_t *r     = claim->record;
    uint32_t        node  = m->node[index];
    size_t          from, count = merge_appearances(m, claim->blob, &from);
    if (r->component.purl == NULL)
        return true;
    span_t base = merge_base_purl(r->component.purl);
    char  *text = arena_printf(m->scratch, "b%.*s", (int)base.size, (const char *)base.at);
    bool   good = text != NULL && names_add(&m->names, merge_in_blob(m, 'f', claim->blob, r->component.purl), node) &&
                names_add(&m->names, merge_in_blob(m, 'i', claim->blob, text + 1), node) &&
                names_add(&m->names, arena_printf(m->scratch, "p%s", r->component.purl), node) && names_add(&m->names, text, node);
    for (size_t i = 0; good && r->component.scope == SCOPE_INSTALLED && i < count; i++) {
        uint32_t artifact = m->where->rows[from + i].artifact;
        good = names_add(&m->names, merge_in_root(m, 'r', artifact, base), node) &&
               names_add(&m->names, merge_in_root(m, 'n', artifact, span_from_text(r->component.name)), node);
    }
    return good;
}

static bool index_paths(merge_t *m)
{
    const report_t *report = m->a->report;
    for (size_t i = 0; i < report->artifact_count; i++)
        if ((report->artifacts[i].type == CHILD_FILE || report->artifacts[i].type == CHILD_PAYLOAD) &&
            !names_add(&m->paths, report->artifacts[i].path, (uint32_t)i))
            return false;
    names_sort(&m->paths);
    return true;
}

/* ---- owners ---------------------------------------------------------------------------------------------------------- */

/* "…/info/libc6:armhf.list" is the list of libc6. */
static uint32_t owner_by_name(const merge_t *m, uint32_t artifact)
{
    const char *path = m->a->report->artifacts[artifact].path, *slash = strrchr(path, '/');
    span_t      name = span_from_text(slash != NULL ? slash + 1 : path);
    if (slash == NULL || name.size <= 5 || memcmp(name.at + name.size - 5, ".list", 5) != 0)
        return NO_VALUE;
    name.size -= 5;
    const uint8_t *colon = memchr(name.at, ':', name.size);
    name.size            = colon != NULL ? (size_t)(colon - name.at) : name.size;
    char *key            = merge_in_root(m, 'n', artifact, name);
    return key != NULL ? names_find(&m->names, key) : NO_VALUE;
}

/* The file `path` of the root; systems whose /bin, /lib and /sbin became links into /usr keep the old names in their lists. */
static uint32_t file_at(merge_t *m, span_t root, const char *path)
{
    buffer_t escaped = {0};
    uint32_t found   = NO_VALUE;
    escape_path(span_from_text(path), &escaped);
    for (size_t i = 0; i < 2 && found == NO_VALUE && !escaped.failed; i++) {
        char *full = arena_printf(m->scratch, "%.*s%s/%.*s", (int)root.size, (const char *)root.at, i == 0 ? "" : "/usr", (int)escaped.size,
                                  (const char *)escaped.at);
        found      = full != NULL ? names_find(&m->paths, full) : NO_VALUE;
    }
    m->failed = m->failed || escaped.failed;
    buffer_free(&escaped);
    return found;
}

static void own_file(merge_t *m, uint32_t node, uint32_t artifact)
{
    if (artifact == NO_VALUE || m->owner[artifact] != NO_VALUE)
        return;
    m->owner[artifact] = node;
    m->failed          = m->failed || !grow((void **)&m->files, m->file_count, &m->file_capacity, sizeof *m->files);
    if (!m->failed)
        m->files[m->file_count++] = (owned_t){node, artifact};
}

static void find_owned(merge_t *m, uint32_t blob, const record_t *r)
{
    size_t from, count = merge_appearances(m, blob, &from);
    for (size_t i = 0; i < count && !m->failed; i++) {
        uint32_t artifact = m->where->rows[from + i].artifact;
        char    *key      = r->relation.from != NULL ? merge_in_blob(m, 'f', blob, r->relation.from) : NULL;
        uint32_t node     = key != NULL ? names_find(&m->names, key) : owner_by_name(m, artifact);
        if (node != NO_VALUE)
            own_file(m, node, file_at(m, root_of(m, artifact), r->relation.to + strlen("path:")));
    }
}

static void find_owners(merge_t *m)
{
    for (uint32_t i = 0; i < collector_blobs(m->a->collector) && !m->failed; i++) {
        const blob_t *blob = collector_blob(m->a->collector, i);
        for (size_t k = 0; m->a->first[i] != NO_ARTIFACT && k < blob->said_count && !m->failed; k++) {
            const record_t *r = &blob->said[k];
            if (r->type == RECORD_RELATION && r->relation.kind == RELATION_CONTAINS && strncmp(r->relation.to, "path:", 5) == 0)
                find_owned(m, i, r);
        }
    }
}

/* ---- one software under several names -------------------------------------------------------------------------------- */

/* "libxml2" and "xml": without "lib", and without digits and marks at the end. */
static span_t stem(const char *name, size_t size)
{
    span_t s = span_from(name, size);
    if (s.size > 4 && strncasecmp(name, "lib", 3) == 0)
        s = span_from_offset(s, 3);
    while (s.size > 1 && ((s.at[s.size - 1] >= '0' && s.at[s.size - 1] <= '9') || strchr(".-_", s.at[s.size - 1]) != NULL))
        s.size--;
    return s;
}

static bool same_stem(span_t a, span_t b) { return a.size == b.size && strncasecmp((const char *)a.at, (const char *)b.at, a.size) == 0; }

/* The name at the end of a base purl. */
static span_t name_in(const char *purl)
{
    span_t base = merge_base_purl(purl);
    size_t from = base.size;
    while (from > 0 && base.at[from - 1] != '/')
        from--;
    return span_from_offset(base, from);
}

static bool is_software_of(const merge_t *m, const char *name, uint32_t package)
{
    span_t      own    = stem(name, strlen(name));
    const char *other  = record_of(m, package)->component.name;
    const char *source = m->source[package];
    if (same_stem(own, stem(other, strlen(other))))
        return true;
    span_t from = source != NULL ? name_in(source) : (span_t){NULL, 0};
    return from.size > 0 && same_stem(own, stem((const char *)from.at, from.size));
}

/* The owner of a blob by its first appearance that has one. */
uint32_t merge_owner_of(const merge_t *m, uint32_t blob)
{
    size_t from, count = merge_appearances(m, blob, &from);
    for (size_t i = 0; i < count; i++)
        if (m->owner[m->where->rows[from + i].artifact] != NO_VALUE)
            return m->owner[m->where->rows[from + i].artifact];
    return NO_VALUE;
}

static void note_sources(merge_t *m)
{
    for (uint32_t i = 0; i < collector_blobs(m->a->collector); i++) {
        const blob_t *blob = collector_blob(m->a->collector, i);
        for (size_t k = 0; m->a->first[i] != NO_ARTIFACT && k < blob->said_count; k++) {
            const record_t *r   = &blob->said[k];
            char           *key = r->type == RECORD_RELATION && r->relation.kind == RELATION_GENERATED_FROM && r->relation.from != NULL
                                      ? merge_in_blob(m, 'f', i, r->relation.from) : NULL;
            uint32_t        node = key != NULL ? names_find(&m->names, key) : NO_VALUE;
            if (node != NO_VALUE && m->source[node] == NULL)
                m->source[node] = r->relation.to;
        }
    }
}

/* ROOT, stem of a name, version: what a file of no known owner is compared with. */
static char *software_key(const merge_t *m, uint32_t artifact, span_t stem_, const char *version)
{
    char *text = arena_printf(m->scratch, "%.*s\x01%s", (int)stem_.size, (const char *)stem_.at, version);
    for (char *c = text; c != NULL && *c != '\x01'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return text != NULL ? merge_in_root(m, 'm', artifact, span_from_text(text)) : NULL;
}

/* Packages that are installed, by their own names first, then by their sources'. */
static void index_software(merge_t *m, names_t *installed)
{
    for (size_t i = 0; i < m->claims.count && !m->failed; i++) {
        const record_t *r       = m->claims.claims[i].record;
        const char     *version = r->component.upstream != NULL ? r->component.upstream : r->component.version;
        size_t          from, count = r->component.scope == SCOPE_INSTALLED && version != NULL
            ? merge_appearances(m, m->claims.claims[i].blob, &from) : 0;
        for (size_t k = 0; k < count && !m->failed; k++) {
            uint32_t    artifact = m->where->rows[from + k].artifact;
            const char *source   = m->source[m->node[i]];
            span_t      name     = source != NULL ? name_in(source) : (span_t){NULL, 0};
            m->failed = !names_add(installed, software_key(m, artifact, stem(r->component.name, strlen(r->component.name)), version), m->node[i]) ||
                        (name.size > 0 && !names_add(installed, software_key(m, artifact, stem((const char *)name.at, name.size), version),
                                                     m->node[i]));
        }
    }
    names_sort(installed);
}

/* Where there are no lists of files: a package of this software and this very version that is installed in the same root. */
static uint32_t installed_as(const merge_t *m, const names_t *installed, const claim_t *claim)
{
    size_t          from;
    const record_t *r = claim->record;
    if (r->component.version == NULL || merge_appearances(m, claim->blob, &from) == 0)
        return NO_VALUE;
    char *key = software_key(m, m->where->rows[from].artifact, stem(r->component.name, strlen(r->component.name)), r->component.version);
    return key != NULL ? names_find(installed, key) : NO_VALUE;
}

/* What is in a file of a package is the package, or part of it. */
static void merge_into_owners(merge_t *m)
{
    names_t installed = {0};
    index_software(m, &installed);
    for (size_t i = 0; i < m->claims.count && !m->failed; i++) {
        const record_t *r     = m->claims.claims[i].record;
        uint32_t        owner = merge_owner_of(m, m->claims.claims[i].blob);
        if (owner == NO_VALUE && r->component.scope == SCOPE_OBSERVED && (owner = installed_as(m, &installed, &m->claims.claims[i])) != NO_VALUE)
            m->node[i] = owner;
        if (owner == NO_VALUE || owner == m->node[i])
            continue;
        if (r->component.scope == SCOPE_OBSERVED && is_software_of(m, r->component.name, owner))
            m->node[i] = owner;
        else if (r->component.scope != SCOPE_DECLARED)
            merge_relate(m, (found_relation_t){.from = owner, .to = (uint32_t)i, .kind = RELATION_CONTAINS, .to_is_claim = true});
    }
    free(installed.rows);
}

static int by_blob_and_name(const void *x, const void *y, void *context)
{
    const merge_t  *m = context;
    const claim_t  *a = &m->claims.claims[*(const uint32_t *)x], *b = &m->claims.claims[*(const uint32_t *)y];
    const record_t *r = a->record, *s = b->record;
    if (a->blob != b->blob)
        return a->blob < b->blob ? -1 : 1;
    int order = strcmp(r->component.name, s->component.name);
    if (order != 0)
        return order;
    if (r->component.evidence.confidence != s->component.evidence.confidence)
        return r->component.evidence.confidence > s->component.evidence.confidence ? -1 : 1;
    if ((r->component.version == NULL) != (s->component.version == NULL))
        return r->component.version != NULL ? -1 : 1;
    return r < s ? -1 : r > s;
}

/* In one blob under one name: the most confident evidence, then the first that names a version, decides. */
static void merge_versions(merge_t *m)
{
    uint32_t *order = malloc((m->claims.count + 1) * sizeof *order);
    size_t    count = 0;
    m->failed       = m->failed || order == NULL;
    for (size_t i = 0; !m->failed && i < m->claims.count; i++)
        if (m->claims.claims[i].record->component.scope == SCOPE_OBSERVED && is_own(m, i))
            order[count++] = (uint32_t)i;
    if (!m->failed && count > 0)
        qsort_r(order, count, sizeof *order, by_blob_and_name, m);
    for (size_t i = 1; !m->failed && i < count; i++) {
        const claim_t *best = &m->claims.claims[order[i - 1]], *other = &m->claims.claims[order[i]];
        if (best->blob == other->blob && strcmp(best->record->component.name, other->record->component.name) == 0)
            m->node[order[i]] = m->node[order[i - 1]];
    }
    free(order);
}

/* ---- rows of the report ---------------------------------------------------------------------------------------------- */

typedef struct { claim_t claim; uint32_t node; bool own; } row_t;

static int by_node(const void *x, const void *y, void *context)
{
    const row_t   *a = x, *b = y;
    const merge_t *m = context;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->own != b->own)
        return a->own ? -1 : 1;
    if (a->claim.blob != b->claim.blob)
        return m->a->first[a->claim.blob] < m->a->first[b->claim.blob] ? -1 : 1;
    return a->claim.record < b->claim.record ? -1 : a->claim.record > b->claim.record;
}

/* The same version, perhaps written more precisely: "1.35" and "1.35.0", "9.18" and "9.18-Debian". */
static bool agree(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return false;
    a += *a == 'v' && a[1] >= '0' && a[1] <= '9' ? 1 : 0;
    b += *b == 'v' && b[1] >= '0' && b[1] <= '9' ? 1 : 0;
    size_t n = strlen(a), k = strlen(b), common = n < k ? n : k;
    char   next = n < k ? b[common] : a[common];
    bool   goes_on = (next >= '0' && next <= '9') || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    return common > 0 && memcmp(a, b, common) == 0 && (n == k || !goes_on);
}

static void add_conflicts(merge_t *m, report_component_t *c, const record_t *own, const row_t *rows, size_t count)
{
    assembly_t *a = m->a;
    c->conflicts  = arena_array(a->arena, count, sizeof *c->conflicts);
    a->failed     = a->failed || c->conflicts == NULL;
    for (size_t i = 0; i < count && !a->failed; i++) {
        const char *version = rows[i].claim.record->component.version;
        uint8_t     sure    = rows[i].claim.record->component.evidence.confidence;
        bool        known   = version == NULL || agree(version, own->component.version) || agree(version, own->component.upstream);
        for (size_t k = 0; k < c->conflict_count && !known; k++) {
            known                  = strcmp(c->conflicts[k].version, keep_text(a, version)) == 0;
            c->conflicts[k].confidence = known && sure > c->conflicts[k].confidence ? sure : c->conflicts[k].confidence;
        }
        if (known || c->conflict_count == EVIDENCE_MAX)
            continue;
        const char *why = own->component.scope != SCOPE_OBSERVED ? "the metadata of the package decides; a file of it says otherwise"
                          : sure < own->component.evidence.confidence ? "its evidence in the same file is less sure"
                                                                      : "its evidence in the same file is as sure, and comes later";
        c->conflicts[c->conflict_count++] = (report_conflict_t){keep_text(a, version), sure, why};
    }
    for (size_t i = 1; i < c->conflict_count; i++) /* a few, by confidence; what is as sure stays in order */
        for (size_t k = i; k > 0 && c->conflicts[k].confidence > c->conflicts[k - 1].confidence; k--) {
            report_conflict_t moved = c->conflicts[k];
            c->conflicts[k]         = c->conflicts[k - 1];
            c->conflicts[k - 1]     = moved;
        }
}

static void add_evidence(merge_t *m, report_component_t *c, const row_t *rows, size_t count)
{
    assembly_t *a     = m->a;
    c->evidence_count = count < EVIDENCE_MAX ? count : EVIDENCE_MAX;
    c->evidence       = arena_array(a->arena, c->evidence_count, sizeof *c->evidence);
    a->failed         = a->failed || c->evidence == NULL;
    for (size_t i = 0; i < c->evidence_count && !a->failed; i++) {
        const record_t *r      = rows[i].claim.record;
        c->evidence[i]         = evidence_row(a, &rows[i].claim);
        c->evidence[i].subpath = keep_text(a, r->component.subpath);
        if (r->component.version != NULL && !rows[i].own)
            c->evidence[i].version = keep_text(a, r->component.version);
    }
}

static void add_files(merge_t *m, report_component_t *c, uint32_t node)
{
    size_t low = 0, high = m->file_count, count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->files[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < m->file_count && m->files[low + count].node == node)
        count++;
    c->files     = arena_array(m->a->arena, count, sizeof *c->files);
    m->a->failed = m->a->failed || c->files == NULL;
    for (size_t i = 0; i < count && !m->a->failed; i++)
        c->files[i] = m->files[low + i].artifact;
    c->file_count = count;
}

static void add_component(merge_t *m, const row_t *rows, size_t count)
{
    assembly_t         *a   = m->a;
    const record_t     *own = rows[0].claim.record;
    report_component_t *c   = &a->report->components[a->report->component_count++];
    claim_t            *claims = arena_array(m->scratch, count, sizeof *claims);
    *c = (report_component_t){.name = keep_text(a, own->component.name), .version = keep_text(a, own->component.version), .purl = keep_purl(a, own->component.purl),
                              .upstream_version = keep_text(a, own->component.upstream), .scope = own->component.scope};
    a->failed = a->failed || claims == NULL;
    for (size_t i = 0; i < count && !a->failed; i++) {
        const record_t *r = rows[i].claim.record;
        claims[i]         = rows[i].claim;
        if (r->component.scope < c->scope)
            c->scope = r->component.scope;
        if (c->supplier == NULL)
            c->supplier = keep_text(a, r->component.supplier);
        if (c->cpe == NULL && (rows[i].own || agree(r->component.version, own->component.version) ||
                               agree(r->component.version, own->component.upstream)))
            c->cpe = keep_text(a, r->component.cpe);
        if (c->upstream_version == NULL && rows[i].own)
            c->upstream_version = keep_text(a, r->component.upstream);
        if (rows[i].own || m->licences_from[rows[i].node] == 0) /* what the package says of itself goes before what is known of its makers' */
            relations_note_licence(m, rows[i].node, r->component.licence);
    }
    if (a->failed)
        return;
    add_evidence(m, c, rows, count);
    add_conflicts(m, c, own, rows, count);
    add_files(m, c, rows[0].node);
    c->artifacts = artifacts_of(a, m->where, claims, count, &c->artifact_count);
}

static int by_artifact(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static int by_node_and_artifact(const void *x, const void *y)
{
    const owned_t *a = x, *b = y;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return by_artifact(&a->artifact, &b->artifact);
}

static bool write_components(merge_t *m)
{
    size_t count          = m->claims.count;
    row_t *rows           = malloc((count + 1) * sizeof *rows);
    m->component          = malloc((m->node_count + 1) * sizeof *m->component);
    m->licences_from      = calloc(m->node_count + 1, sizeof *m->licences_from);
    m->a->report->components = arena_array(m->a->arena, m->node_count, sizeof *m->a->report->components);
    bool good             = rows != NULL && m->component != NULL && m->licences_from != NULL && m->a->report->components != NULL;
    for (size_t i = 0; good && i < count; i++)
        rows[i] = (row_t){m->claims.claims[i], m->node[i], is_own(m, i)};
    if (good && count > 0)
        qsort_r(rows, count, sizeof *rows, by_node, m);
    if (good && m->file_count > 0)
        qsort(m->files, m->file_count, sizeof *m->files, by_node_and_artifact);
    if (good)
        memset(m->component, 0xFF, (m->node_count + 1) * sizeof *m->component);
    for (size_t i = 0; good && i < m->licence_count; i++)
        m->licences_from[m->licences[i].node] = 1;
    for (size_t i = 0, n; good && !m->a->failed && i < count; i += n) {
        for (n = 1; i + n < count && rows[i + n].node == rows[i].node;)
            n++;
        m->component[rows[i].node] = (uint32_t)m->a->report->component_count;
        add_component(m, rows + i, n);
    }
    free(rows);
    return good && !m->a->failed && !m->failed;
}

static void merge_free(merge_t *m)
{
    arena_free(m->scratch);
    free(m->claims.claims);
    free(m->node);
    free(m->first);
    free(m->source);
    free(m->owner);
    free(m->component);
    free(m->licences_from);
    free(m->licences);
    free(m->names.rows);
    free(m->paths.rows);
    free(m->files);
    free(m->relations);
}

bool merge_components(assembly_t *a, const appearances_t *where)
{
    merge_t m    = {.a = a, .where = where, .scratch = arena_new(SIZE_MAX)};
    bool    good = m.scratch != NULL && gather(a, &m.claims, is_component, component_key) && make_nodes(&m) && index_paths(&m);
    for (size_t i = 0; good && i < m.claims.count; i++)
        good = index_claim(&m, i);
    if (good) {
        names_sort(&m.names);
        find_owners(&m);
        note_sources(&m);
        merge_into_owners(&m);
        merge_versions(&m);
        relations_find(&m);
        good = !m.failed && write_components(&m) && relations_write(&m);
    }
    merge_free(&m);
    return good;
}
