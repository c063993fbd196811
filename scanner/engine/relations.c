#include "engine/relations.h"

#include "engine/assembly.h"

enum { LICENCES_OF_ONE = 64 };

void merge_relate(merge_t *m, found_relation_t relation)
{
    m->failed = m->failed || !grow((void **)&m->relations, m->relation_count, &m->relation_capacity, sizeof *m->relations);
    if (!m->failed)
        m->relations[m->relation_count++] = relation;
}

void relations_note_licence(merge_t *m, uint32_t node, const char *text)
{
    if (text == NULL)
        return;
    m->failed = m->failed || !grow((void **)&m->licences, m->licence_count, &m->licence_capacity, sizeof *m->licences);
    if (!m->failed)
        m->licences[m->licence_count++] = (node_licence_t){node, text};
}

/* ---- ends ------------------------------------------------------------------------------------------------------------ */

/* What a blob is, when no package owns it: the component in it with the surest evidence. */
static uint32_t main_of(const merge_t *m, const uint32_t *best, uint32_t blob)
{
    uint32_t owner = merge_owner_of(m, blob);
    return owner != NO_VALUE ? owner : best[blob] != NO_VALUE ? m->node[best[blob]] : NO_VALUE;
}

static uint32_t *find_best(merge_t *m)
{
    size_t    blobs = collector_blobs(m->a->collector);
    uint32_t *best  = malloc((blobs + 1) * sizeof *best);
    m->failed       = m->failed || best == NULL;
    if (m->failed)
        return best;
    memset(best, 0xFF, (blobs + 1) * sizeof *best);
    for (size_t i = 0; i < m->claims.count; i++) {
        const claim_t  *claim = &m->claims.claims[i];
        const record_t *r     = claim->record;
        const record_t *other = best[claim->blob] != NO_VALUE ? m->claims.claims[best[claim->blob]].record : NULL;
        if (r->component.scope == SCOPE_OBSERVED && (other == NULL || r->component.evidence.confidence > other->component.evidence.confidence))
            best[claim->blob] = (uint32_t)i;
    }
    return best;
}

static uint32_t named(const merge_t *m, char *key) { return key != NULL ? names_find(&m->names, key) : NO_VALUE; }

/* A package by its purl: in the same database, in the same root, anywhere. Without a version in the reference, any version is right. */
static uint32_t package_of(const merge_t *m, uint32_t blob, const char *purl)
{
    size_t   from;
    span_t   base  = merge_base_purl(purl);
    char    *text  = arena_printf(m->scratch, "%.*s", (int)base.size, (const char *)base.at);
    uint32_t found = named(m, merge_in_blob(m, 'f', blob, purl));
    if (found == NO_VALUE && text != NULL && strchr(purl, '@') != NULL)
        return named(m, arena_printf(m->scratch, "p%s", purl));
    if (found == NO_VALUE && text != NULL)
        found = named(m, merge_in_blob(m, 'i', blob, text));
    if (found == NO_VALUE && merge_appearances(m, blob, &from) > 0)
        found = named(m, merge_in_root(m, 'r', m->where->rows[from].artifact, base));
    if (found == NO_VALUE && text != NULL)
        found = named(m, arena_printf(m->scratch, "b%s", text));
    return found;
}

/* A shared object by its soname: in the same root, anywhere. */
static uint32_t soname_of(const merge_t *m, uint32_t blob, const char *soname)
{
    size_t   from;
    uint32_t found = NO_VALUE;
    if (merge_appearances(m, blob, &from) > 0)
        found = named(m, merge_in_root(m, 's', m->where->rows[from].artifact, span_from_text(soname)));
    return found != NO_VALUE ? found : named(m, arena_printf(m->scratch, "S%s", soname));
}

static uint32_t end_of(const merge_t *m, uint32_t blob, const char *to)
{
    return strncmp(to, "soname:", 7) == 0 ? soname_of(m, blob, to + 7) : strncmp(to, "pkg:", 4) == 0 ? package_of(m, blob, to) : NO_VALUE;
}

static uint32_t subject_of(const merge_t *m, const uint32_t *best, uint32_t blob, const record_t *r)
{
    return r->relation.from != NULL ? named(m, merge_in_blob(m, 'f', blob, r->relation.from)) : main_of(m, best, blob);
}

/* ---- names that something provides ------------------------------------------------------------------------------------ */

static void provide_soname(merge_t *m, names_t *more, uint32_t blob, const char *soname, uint32_t node)
{
    size_t from, count = merge_appearances(m, blob, &from);
    m->failed = m->failed || !names_add(more, arena_printf(m->scratch, "S%s", soname), node);
    for (size_t i = 0; i < count && !m->failed; i++)
        m->failed = !names_add(more, merge_in_root(m, 's', m->where->rows[from + i].artifact, span_from_text(soname)), node);
}

static void provide(merge_t *m, names_t *more, uint32_t blob, const char *name, uint32_t node)
{
    if (strncmp(name, "soname:", 7) == 0) {
        provide_soname(m, more, blob, name + 7, node);
        return;
    }
    span_t base = merge_base_purl(name);
    char  *text = arena_printf(m->scratch, "%.*s", (int)base.size, (const char *)base.at);
    m->failed   = m->failed || text == NULL || !names_add(more, merge_in_blob(m, 'i', blob, text), node) ||
                !names_add(more, arena_printf(m->scratch, "b%s", text), node);
}

/* What provides a name answers only where nothing bears it itself. */
static void collect_provided(merge_t *m, const uint32_t *best)
{
    names_t more = {0};
    for (uint32_t i = 0; i < collector_blobs(m->a->collector) && !m->failed; i++) {
        const blob_t *blob = collector_blob(m->a->collector, i);
        uint32_t      node = NO_VALUE;
        for (size_t k = 0; m->a->first[i] != NO_ARTIFACT && k < blob->said_count && !m->failed; k++) {
            const record_t *r = &blob->said[k];
            if (r->type == RECORD_FACT && strcmp(r->fact.key, "elf.soname") == 0 && (node = main_of(m, best, i)) != NO_VALUE)
                provide_soname(m, &more, i, r->fact.value, node);
            else if (r->type == RECORD_RELATION && r->relation.kind == RELATION_PROVIDES && (node = subject_of(m, best, i, r)) != NO_VALUE)
                provide(m, &more, i, r->relation.to, node);
        }
    }
    size_t own = m->names.count;
    for (size_t i = 0; i < more.count && !m->failed; i++) {
        names_t known = {.rows = m->names.rows, .count = own};
        if (names_find(&known, more.rows[i].name) == NO_VALUE)
            m->failed = !names_add(&m->names, more.rows[i].name, more.rows[i].value);
    }
    free(more.rows);
    names_sort(&m->names);
}

/* ---- relations -------------------------------------------------------------------------------------------------------- */

static void relate_said(merge_t *m, const uint32_t *best, uint32_t blob, const record_t *r)
{
    uint32_t from = subject_of(m, best, blob, r);
    if (from == NO_VALUE || r->relation.kind == RELATION_PROVIDES || strncmp(r->relation.to, "path:", 5) == 0)
        return;
    if (r->relation.kind == RELATION_LICENSED_AS) {
        relations_note_licence(m, from, r->relation.to);
        return;
    }
    merge_relate(m, (found_relation_t){.from = from, .to = end_of(m, blob, r->relation.to), .kind = r->relation.kind, .reference = r->relation.to,
                                       .constraint = r->relation.constraint});
}

void relations_find(merge_t *m)
{
    uint32_t *best = find_best(m);
    if (!m->failed)
        collect_provided(m, best);
    for (uint32_t i = 0; !m->failed && i < collector_blobs(m->a->collector); i++) {
        const blob_t *blob = collector_blob(m->a->collector, i);
        for (size_t k = 0; m->a->first[i] != NO_ARTIFACT && k < blob->said_count && !m->failed; k++) {
            const record_t *r = &blob->said[k];
            if (r->type == RECORD_RELATION)
                relate_said(m, best, i, r);
        }
    }
    free(best);
}

/* ---- rows of the report ------------------------------------------------------------------------------------------------ */

static int compare_texts(const char *a, const char *b) { return strcmp(a != NULL ? a : "", b != NULL ? b : ""); }

static int by_ends(const void *x, const void *y)
{
    const found_relation_t *a = x, *b = y;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    int order = compare_texts(a->reference, b->reference);
    return order != 0 ? order : compare_texts(a->constraint, b->constraint);
}

static int by_licence(const void *x, const void *y)
{
    const node_licence_t *a = x, *b = y;
    return a->node != b->node ? (a->node < b->node ? -1 : 1) : strcmp(a->text, b->text);
}

/* Ends become components; what a component would say of itself is dropped. */
static void settle(merge_t *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->relation_count; i++) {
        found_relation_t r = m->relations[i];
        if (r.to_is_claim)
            r.to = m->node[r.to];
        r.to_is_claim = false;
        r.from        = m->component[r.from];
        r.to          = r.to != NO_VALUE ? m->component[r.to] : NO_VALUE;
        if (r.from != NO_VALUE && r.from != r.to && (r.to != NO_VALUE || r.reference != NULL))
            m->relations[kept++] = r;
    }
    m->relation_count = kept;
    if (kept > 0)
        qsort(m->relations, kept, sizeof *m->relations, by_ends);
}

/* Is it the same as the row before, but perhaps for another soname or constraint that leads to the same component? */
static bool repeats(const found_relation_t *r, const found_relation_t *before)
{
    return r->from == before->from && r->kind == before->kind && r->to == before->to &&
        (r->to != NO_VALUE || compare_texts(r->reference, before->reference) == 0);
}

static void write_relations(merge_t *m, size_t from, size_t count)
{
    assembly_t         *a = m->a;
    report_component_t *c = &a->report->components[m->relations[from].from];
    c->relations          = arena_array(a->arena, count, sizeof *c->relations);
    a->failed             = a->failed || c->relations == NULL;
    for (size_t i = from; i < from + count && !a->failed; i++) {
        const found_relation_t *r = &m->relations[i];
        if (i > from && repeats(r, r - 1))
            continue;
        c->relations[c->relation_count++] = (report_relation_t){r->kind, r->to, keep_purl(a, r->reference), keep_text(a, r->constraint)};
    }
}

static void write_licences(merge_t *m, size_t from, size_t count)
{
    assembly_t *a     = m->a;
    uint32_t    index = m->component[m->licences[from].node];
    if (index == NO_VALUE)
        return;
    report_component_t *c = &a->report->components[index];
    c->licences           = arena_array(a->arena, count < LICENCES_OF_ONE ? count : LICENCES_OF_ONE, sizeof *c->licences);
    a->failed             = a->failed || c->licences == NULL;
    for (size_t i = from; i < from + count && !a->failed && c->licence_count < LICENCES_OF_ONE; i++)
        if (i == from || strcmp(m->licences[i].text, m->licences[i - 1].text) != 0)
            c->licences[c->licence_count++] = keep_text(a, m->licences[i].text);
}

bool relations_write(merge_t *m)
{
    settle(m);
    if (m->licence_count > 0)
        qsort(m->licences, m->licence_count, sizeof *m->licences, by_licence);
    for (size_t i = 0, n; i < m->relation_count && !m->a->failed; i += n) {
        for (n = 1; i + n < m->relation_count && m->relations[i + n].from == m->relations[i].from;)
            n++;
        write_relations(m, i, n);
    }
    for (size_t i = 0, n; i < m->licence_count && !m->a->failed; i += n) {
        for (n = 1; i + n < m->licence_count && m->licences[i + n].node == m->licences[i].node;)
            n++;
        write_licences(m, i, n);
    }
    return !m->a->failed && !m->failed;
}
