#include "report/diff.h"

#include "report/pairing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 256, TRACES_MAX = 5, GONE_MAX = 256 };

typedef struct {
    diff_t   *diff;
    arena_t  *arena;
    pairing_t files;
    bool      failed;
    size_t    gone; /* vendors that were looked for */
} work_t;

static const report_t *report_of(const work_t *w, int side) { return side == 0 ? w->diff->old : w->diff->new; }

static const char *checked(work_t *w, const char *text)
{
    w->failed = w->failed || text == NULL;
    return text != NULL ? text : "";
}

#define SAY(w, ...) checked((w), arena_printf((w)->arena, __VA_ARGS__))

static void add_row(work_t *w, diff_section_t section, diff_row_t row)
{
    diff_row_t *rows  = w->diff->sections[section].rows;
    size_t      count = w->diff->sections[section].count, *capacity = &w->diff->sections[section].capacity;
    if (count == *capacity) {
        size_t      more  = *capacity == 0 ? 64 : 2 * *capacity;
        diff_row_t *grown = arena_array(w->arena, more, sizeof *grown);
        if (grown == NULL) {
            w->failed = true;
            return;
        }
        if (count > 0)
            memcpy(grown, rows, count * sizeof *rows);
        w->diff->sections[section].rows = rows = grown;
        *capacity = more;
    }
    rows[count]                      = row;
    w->diff->sections[section].count = count + 1;
}

/* ---- paths ------------------------------------------------------------------------------------------------------------ */

/* Without the input's own name, which differs from one version to the next. */
static const char *below_input(const report_artifact_t *a)
{
    const char *slash = strchr(a->path, '/');
    return slash != NULL ? slash + 1 : "";
}

static bool hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Offsets in names ("0x1a0000", "1a0000.squashfs") become '#'. */
static const char *without_offsets(work_t *w, const char *path)
{
    char *out = arena_alloc(w->arena, strlen(path) + 1), *to = out;
    if (out == NULL) {
        w->failed = true;
        return "";
    }
    for (const char *at = path; *at != '\0';) {
        bool        prefixed = at[0] == '0' && at[1] == 'x', starts = at == path || !alphanumeric(at[-1]);
        const char *digits = prefixed ? at + 2 : at;
        size_t      size = 0, decimal = 0;
        for (; starts && hexadecimal(digits[size]); size++)
            decimal += digits[size] >= '0' && digits[size] <= '9';
        if ((prefixed && size > 0) || (size >= 4 && decimal > 0)) {
            *to++ = '#';
            at    = digits + size;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return out;
}

static const char *digest_text(work_t *w, const sha256_t *digest)
{
    char hex[SHA256_HEX];
    hex_encode(digest->bytes, SHA256_SIZE, hex);
    return SAY(w, "%s", hex);
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static const char *key_path(void *context, int side, uint32_t index) { return below_input(&report_of(context, side)->artifacts[index]); }

static const char *key_content(void *context, int side, uint32_t index)
{
    const report_artifact_t *a = &report_of(context, side)->artifacts[index];
    return a->size > 0 && (a->type == CHILD_FILE || a->type == CHILD_PAYLOAD) ? digest_text(context, &a->sha256) : NULL;
}

static const char *key_loose_path(void *context, int side, uint32_t index) { return without_offsets(context, key_path(context, side, index)); }

static void add_above(const report_t *report, uint32_t index, uint64_t *totals, uint64_t size)
{
    uint32_t at = report->artifacts[index].parent;
    for (int depth = 0; at != NO_ARTIFACT && depth < DEPTH_MAX; depth++, at = report->artifacts[at].parent)
        totals[at] += size;
}

static bool is_below(const report_t *report, uint32_t index, uint32_t container)
{
    for (int depth = 0; index != NO_ARTIFACT && depth < DEPTH_MAX; depth++, index = report->artifacts[index].parent)
        if (index == container)
            return true;
    return false;
}

static void add_shared(work_t *w, uint32_t old, uint32_t new, uint64_t *shared)
{
    const report_t *report = w->diff->old;
    uint32_t        at     = report->artifacts[old].parent;
    for (int depth = 0; at != NO_ARTIFACT && depth < DEPTH_MAX; depth++, at = report->artifacts[at].parent)
        if (w->files.partner[0][at] != UNPAIRED && is_below(w->diff->new, new, w->files.partner[0][at]))
            shared[at] += report->artifacts[old].size;
}

typedef struct { uint64_t *shared, *total[2]; bool *is_container[2]; } similarity_t;

static bool measure_contents(work_t *w, similarity_t *s)
{
    for (int side = 0; side < 2; side++) {
        const report_t *report = report_of(w, side);
        s->total[side]         = arena_array(w->arena, report->artifact_count, sizeof(uint64_t));
        s->is_container[side]  = arena_array(w->arena, report->artifact_count, sizeof(bool));
        if (s->total[side] == NULL || s->is_container[side] == NULL)
            return false;
        for (uint32_t i = 0; i < report->artifact_count; i++)
            if (report->artifacts[i].parent != NO_ARTIFACT)
                s->is_container[side][report->artifacts[i].parent] = true;
        for (uint32_t i = 0; i < report->artifact_count; i++)
            if (!s->is_container[side][i])
                add_above(report, i, s->total[side], report->artifacts[i].size);
    }
    s->shared = arena_array(w->arena, w->diff->old->artifact_count, sizeof(uint64_t));
    for (uint32_t i = 0; s->shared != NULL && i < w->diff->old->artifact_count; i++) {
        uint32_t partner = w->files.partner[0][i];
        if (partner != UNPAIRED && !s->is_container[0][i] && sha256_equal(&w->diff->old->artifacts[i].sha256,
                                                                          &w->diff->new->artifacts[partner].sha256))
            add_shared(w, i, partner, s->shared);
    }
    return s->shared != NULL;
}

static int compare_ledger(const void *digest, const void *ledger) { return memcmp(digest, &((const report_ledger_t *)ledger)->sha256,
                                                                                  sizeof(sha256_t)); }

static const report_ledger_t *ledger_of(const report_t *report, const report_artifact_t *a)
{
    return report->ledger_count == 0 ? NULL : bsearch(&a->sha256, report->ledgers, report->ledger_count, sizeof *report->ledgers, compare_ledger);
}

static int by_layout(const void *a, const void *b)
{
    const region_t *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return strcmp(x->format != NULL ? x->format : "", y->format != NULL ? y->format : "");
}

static region_t *sorted_rows(work_t *w, const report_ledger_t *ledger)
{
    region_t *rows = arena_array(w->arena, ledger->count, sizeof *rows);
    w->failed      = w->failed || rows == NULL;
    if (rows != NULL && ledger->count > 0) {
        memcpy(rows, ledger->regions, ledger->count * sizeof *rows);
        qsort(rows, ledger->count, sizeof *rows, by_layout);
    }
    return rows;
}

static const char *layout_similarity(work_t *w, const report_artifact_t *a, const report_artifact_t *b)
{
    const report_ledger_t *old = ledger_of(w->diff->old, a), *new = ledger_of(w->diff->new, b);
    uint64_t               common = 0;
    if (old == NULL || new == NULL || old->size + new->size == 0)
        return NULL;
    const region_t *x = sorted_rows(w, old), *y = sorted_rows(w, new);
    for (size_t i = 0, j = 0; !w->failed && i < old->count && j < new->count;) {
        int sign = by_layout(&x[i], &y[j]);
        common += sign == 0 ? x[i].length : 0;
        i += sign <= 0;
        j += sign >= 0;
    }
    return SAY(w, "layout %.0f ppm the same", 1e6 * 2 * (double)common / ((double)old->size + (double)new->size));
}

static const char *similarity(work_t *w, const similarity_t *s, uint32_t old, uint32_t new)
{
    double total = (double)s->total[0][old] + (double)s->total[1][new];
    if (s->is_container[0][old] && s->is_container[1][new] && total > 0)
        return SAY(w, "content %.0f ppm the same", 1e6 * 2 * (double)s->shared[old] / total);
    return layout_similarity(w, &w->diff->old->artifacts[old], &w->diff->new->artifacts[new]);
}

static bool same_text(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

/* What is different beside the content; NULL: nothing. */
static const char *attributes_changed(work_t *w, const report_artifact_t *a, const report_artifact_t *b)
{
    if (a->type != b->type)
        return SAY(w, "%s became %s", child_type_name(a->type), child_type_name(b->type));
    if (!same_text(a->link, b->link))
        return SAY(w, "link %s became %s", a->link != NULL ? a->link : "-", b->link != NULL ? b->link : "-");
    if (a->has_mode && b->has_mode && a->mode != b->mode)
        return SAY(w, "mode %04o became %04o", a->mode, b->mode);
    if (a->has_owner && b->has_owner && (a->uid != b->uid || a->gid != b->gid))
        return SAY(w, "owner %u:%u became %u:%u", a->uid, a->gid, b->uid, b->gid);
    return NULL;
}

static const char *file_words(work_t *w, const report_artifact_t *a)
{
    return a->type == CHILD_FILE || a->type == CHILD_PAYLOAD ? SAY(w, "%.12s… %" PRIu64 " bytes", digest_text(w, &a->sha256), a->size)
        : child_type_name(a->type);
}

static const char *or_input(const char *path) { return path[0] != '\0' ? path : "(input)"; }

static void compare_pair(work_t *w, const similarity_t *s, uint32_t old, uint32_t new)
{
    const report_artifact_t *a = &w->diff->old->artifacts[old], *b = &w->diff->new->artifacts[new];
    const char              *before = below_input(a), *after = below_input(b);
    bool                     same = sha256_equal(&a->sha256, &b->sha256), moved = strcmp(before, after) != 0;
    const char              *attributes = attributes_changed(w, a, b);
    if (same && !moved && attributes == NULL)
        return;
    if (same && moved)
        add_row(w, DIFF_FILES, (diff_row_t){DIFF_MOVED, or_input(after), or_input(before), or_input(after), attributes});
    else
        add_row(w, DIFF_FILES, (diff_row_t){DIFF_CHANGED, or_input(after), file_words(w, a), file_words(w, b), same ? attributes : similarity(w, s,
                                                                                                    old, new)});
}

static void compare_files(work_t *w)
{
    similarity_t s = {0};
    const report_t *old = w->diff->old, *new = w->diff->new;
    if (!pairing_start(&w->files, old->artifact_count, new->artifact_count, w->arena) || !pairing_by(&w->files, key_path, w, w->arena) ||
        !pairing_by(&w->files, key_content, w, w->arena) || !pairing_by(&w->files, key_loose_path, w, w->arena) || !measure_contents(w, &s)) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < old->artifact_count; i++) {
        if (w->files.partner[0][i] != UNPAIRED)
            compare_pair(w, &s, i, w->files.partner[0][i]);
        else
            add_row(w, DIFF_FILES, (diff_row_t){DIFF_REMOVED, or_input(below_input(&old->artifacts[i])), file_words(w, &old->artifacts[i]), NULL,
                                                NULL});
    }
    for (uint32_t i = 0; i < new->artifact_count; i++)
        if (w->files.partner[1][i] == UNPAIRED)
            add_row(w, DIFF_FILES, (diff_row_t){DIFF_ADDED, or_input(below_input(&new->artifacts[i])), NULL, file_words(w, &new->artifacts[i]),
                                                NULL});
}

/* ---- components ------------------------------------------------------------------------------------------------------- */

static const char *key_component(void *context, int side, uint32_t index)
{
    const report_component_t *c = &report_of(context, side)->components[index];
    return SAY((work_t *)context, "%s\t%s\t%s", c->name, c->version != NULL ? c->version : "", c->purl != NULL ? c->purl : "");
}

static const char *key_component_name(void *context, int side, uint32_t index) { return report_of(context, side)->components[index].name; }

static const char *version_of(const report_component_t *c) { return c->version != NULL ? c->version : "no version"; }

static void compare_components(work_t *w)
{
    pairing_t       p;
    const report_t *old = w->diff->old, *new = w->diff->new;
    if (!pairing_start(&p, old->component_count, new->component_count, w->arena) || !pairing_by(&p, key_component, w, w->arena) ||
        !pairing_by(&p, key_component_name, w, w->arena)) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < old->component_count; i++) {
        const report_component_t *a = &old->components[i], *b = p.partner[0][i] != UNPAIRED ? &new->components[p.partner[0][i]] : NULL;
        if (b == NULL)
            add_row(w, DIFF_COMPONENTS, (diff_row_t){DIFF_REMOVED, a->name, version_of(a), NULL, NULL});
        else if (!same_text(a->version, b->version) || !same_text(a->purl, b->purl))
            add_row(w, DIFF_COMPONENTS, (diff_row_t){DIFF_CHANGED, a->name, version_of(a), version_of(b), same_text(a->version, b->version)
                                                     ? "another package URL" : NULL});
    }
    for (uint32_t i = 0; i < new->component_count; i++)
        if (p.partner[1][i] == UNPAIRED)
            add_row(w, DIFF_COMPONENTS, (diff_row_t){DIFF_ADDED, new->components[i].name, NULL, version_of(&new->components[i]), NULL});
}

/* ---- origins ---------------------------------------------------------------------------------------------------------- */

static bool speaks_of(const char *text, const report_origin_t *o) { return text != NULL && (strcasestr(text, o->vendor) != NULL ||
                                                                                            (o->name != NULL && strcasestr(text, o->name) != NULL)); }

/* Everything in the new report that still speaks of a maker which it does not name as an origin. */
static size_t traces_of(work_t *w, const report_origin_t *o, buffer_t *traces)
{
    const report_t *r     = w->diff->new;
    size_t          count = 0;
#define TRACE(...)                                                            \
    do {                                                                      \
        if (count++ < TRACES_MAX)                                             \
            buffer_printf(traces, "%s", traces->size > 0 ? "; " : "");        \
        if (count <= TRACES_MAX)                                              \
            buffer_printf(traces, __VA_ARGS__);                               \
    } while (0)
    for (size_t i = 0; i < r->finding_count; i++) {
        bool speaks = speaks_of(r->findings[i].rule, o) || speaks_of(r->findings[i].title, o);
        for (size_t e = 0; e < r->findings[i].evidence_count && !speaks; e++)
            speaks = speaks_of(r->findings[i].evidence[e].text, o);
        if (speaks)
            TRACE("finding %s %s", r->findings[i].id, r->findings[i].rule);
    }
    for (size_t i = 0; i < r->component_count; i++)
        if (speaks_of(r->components[i].name, o) || speaks_of(r->components[i].supplier, o) || speaks_of(r->components[i].purl, o))
            TRACE("component %s", r->components[i].name);
    for (size_t i = 0; i < r->artifact_count; i++) {
        bool speaks = speaks_of(below_input(&r->artifacts[i]), o);
        for (size_t f = 0; f < r->artifacts[i].fact_count && !speaks; f++)
            speaks = speaks_of(r->artifacts[i].facts[f].value, o);
        if (speaks)
            TRACE("path %s", below_input(&r->artifacts[i]));
    }
#undef TRACE
    if (count > TRACES_MAX)
        buffer_printf(traces, "; and %zu more", count - TRACES_MAX);
    return count;
}

static const char *origin_words(work_t *w, const report_origin_t *o)
{
    return SAY(w, "%s%s%s", strength_name(o->strength), o->jurisdiction != NULL ? ", " : "", o->jurisdiction != NULL ? o->jurisdiction : "");
}

static const char *gone_words(work_t *w, const report_origin_t *o)
{
    if (w->gone++ >= GONE_MAX) /* a real report names a handful; each costs a walk through all */
        return "not looked for: too many vendors";
    buffer_t    traces = {0};
    size_t      count  = traces_of(w, o, &traces);
    const char *note   = count == 0 ? SAY(w, "gone: no marker of any strength that reports hold, no name of it in %" PRIu64
                                             " of a million bytes explained; %" PRIu64 " bytes cannot be spoken for", w->diff->new->coverage.parts_per_million, w->diff->not_spoken_for)
                                    : SAY(w, "not proven gone: %.*s; %" PRIu64 " bytes cannot be spoken for", (int)traces.size,
                                          (const char *)traces.at, w->diff->not_spoken_for);
    w->failed = w->failed || traces.failed;
    buffer_free(&traces);
    return note;
}

static const char *key_vendor(void *context, int side, uint32_t index) { return report_of(context, side)->origins[index].vendor; }

static void compare_origins(work_t *w)
{
    pairing_t       p;
    const report_t *old = w->diff->old, *new = w->diff->new;
    if (!pairing_start(&p, old->origin_count, new->origin_count, w->arena) || !pairing_by(&p, key_vendor, w, w->arena)) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < old->origin_count; i++) {
        const report_origin_t *a = &old->origins[i], *b = p.partner[0][i] != UNPAIRED ? &new->origins[p.partner[0][i]] : NULL;
        if (b == NULL)
            add_row(w, DIFF_ORIGINS, (diff_row_t){DIFF_REMOVED, a->vendor, origin_words(w, a), NULL, gone_words(w, a)});
        else if (a->strength != b->strength || a->artifact_count != b->artifact_count)
            add_row(w, DIFF_ORIGINS, (diff_row_t){DIFF_CHANGED, a->vendor, origin_words(w, a), origin_words(w, b),
                                                  SAY(w, "in %zu artifacts, was in %zu", b->artifact_count, a->artifact_count)});
    }
    for (uint32_t i = 0; i < new->origin_count; i++)
        if (p.partner[1][i] == UNPAIRED) {
            w->diff->new_vendors++;
            add_row(w, DIFF_ORIGINS, (diff_row_t){DIFF_ADDED, new->origins[i].vendor, NULL, origin_words(w, &new->origins[i]), NULL});
        }
}

/* ---- findings --------------------------------------------------------------------------------------------------------- */

static const char *key_finding(void *context, int side, uint32_t index)
{
    const report_finding_t *f = &report_of(context, side)->findings[index];
    return SAY((work_t *)context, "%s\t%s", f->id, f->rule);
}

static const char *path_of_finding(const report_t *report, const report_finding_t *f)
{
    return f->artifact != NO_ARTIFACT ? below_input(&report->artifacts[f->artifact]) : "";
}

static const char *key_finding_place(void *context, int side, uint32_t index)
{
    const report_t         *report = report_of(context, side);
    const report_finding_t *f      = &report->findings[index];
    return SAY((work_t *)context, "%s\t%s", f->rule, without_offsets(context, path_of_finding(report, f)));
}

static const char *finding_words(work_t *w, const report_finding_t *f)
{
    return SAY(w, "%s %s, confidence %u: %s", severity_name(f->severity), finding_kind_name(f->kind), f->confidence, f->title);
}

static const char *finding_subject(work_t *w, const report_t *report, const report_finding_t *f)
{
    return SAY(w, "%s %s in %s", f->rule, f->id, or_input(path_of_finding(report, f)));
}

static void compare_findings(work_t *w)
{
    pairing_t       p;
    const report_t *old = w->diff->old, *new = w->diff->new;
    if (!pairing_start(&p, old->finding_count, new->finding_count, w->arena) || !pairing_by(&p, key_finding, w, w->arena) ||
        !pairing_by(&p, key_finding_place, w, w->arena)) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < old->finding_count; i++) {
        const report_finding_t *a = &old->findings[i], *b = p.partner[0][i] != UNPAIRED ? &new->findings[p.partner[0][i]] : NULL;
        if (b == NULL) {
            add_row(w, DIFF_FINDINGS, (diff_row_t){DIFF_REMOVED, finding_subject(w, old, a), finding_words(w, a), NULL, NULL});
        } else if (a->severity != b->severity || a->confidence != b->confidence) {
            w->diff->new_findings += b->severity > a->severity && b->severity >= SEVERITY_LOW; /* worse than it was is new */
            add_row(w, DIFF_FINDINGS, (diff_row_t){DIFF_CHANGED, finding_subject(w, new, b), finding_words(w, a), finding_words(w, b), NULL});
        }
    }
    for (uint32_t i = 0; i < new->finding_count; i++)
        if (p.partner[1][i] == UNPAIRED) {
            w->diff->new_findings += new->findings[i].severity >= SEVERITY_LOW;
            add_row(w, DIFF_FINDINGS, (diff_row_t){DIFF_ADDED, finding_subject(w, new, &new->findings[i]), NULL, finding_words(w,
                                                                                                    &new->findings[i]), NULL});
        }
}

/* ---- certificates ----------------------------------------------------------------------------------------------------- */

static const char *fact_of(const report_artifact_t *a, const char *key)
{
    for (size_t i = 0; i < a->fact_count; i++)
        if (strcmp(a->facts[i].key, key) == 0)
            return a->facts[i].value;
    return NULL;
}

static const char *key_certificate(void *context, int side, uint32_t index)
{
    const report_artifact_t *a = &report_of(context, side)->artifacts[index];
    return fact_of(a, "certificate.subject") != NULL ? digest_text(context, &a->sha256) : NULL;
}

static const char *key_certificate_subject(void *context, int side, uint32_t index) { return fact_of(&report_of(context, side)->artifacts[index],
                                                                                                    "certificate.subject"); }

static void compare_certificates(work_t *w)
{
    pairing_t       p;
    const report_t *old = w->diff->old, *new = w->diff->new;
    if (!pairing_start(&p, old->artifact_count, new->artifact_count, w->arena) || !pairing_by(&p, key_certificate, w, w->arena) ||
        !pairing_by(&p, key_certificate_subject, w, w->arena)) {
        w->failed = true;
        return;
    }
    for (uint32_t i = 0; i < old->artifact_count; i++) {
        const char *subject = key_certificate_subject(w, 0, i);
        uint32_t    partner = p.partner[0][i];
        if (subject != NULL && partner == UNPAIRED)
            add_row(w, DIFF_CERTIFICATES, (diff_row_t){DIFF_REMOVED, subject, below_input(&old->artifacts[i]), NULL, NULL});
        else if (subject != NULL && !sha256_equal(&old->artifacts[i].sha256, &new->artifacts[partner].sha256))
            add_row(w, DIFF_CERTIFICATES, (diff_row_t){DIFF_CHANGED, subject, below_input(&old->artifacts[i]),
                                                       below_input(&new->artifacts[partner]), NULL});
    }
    for (uint32_t i = 0; i < new->artifact_count; i++) {
        const char *subject = key_certificate_subject(w, 1, i);
        if (subject != NULL && p.partner[1][i] == UNPAIRED)
            add_row(w, DIFF_CERTIFICATES, (diff_row_t){DIFF_ADDED, subject, NULL, below_input(&new->artifacts[i]), NULL});
    }
}

/* ---- regions: what the inputs are made of ----------------------------------------------------------------------------- */

enum { REGION_KINDS = REGION_UNKNOWN + 1 };

static void add_regions(const report_t *report, uint64_t totals[REGION_KINDS])
{
    for (size_t i = 0; i < report->artifact_count; i++) {
        const report_ledger_t *ledger = report->artifacts[i].parent == NO_ARTIFACT ? ledger_of(report, &report->artifacts[i]) : NULL;
        for (size_t r = 0; ledger != NULL && r < ledger->count; r++)
            totals[ledger->regions[r].kind] += ledger->regions[r].length;
    }
}

static void compare_regions(work_t *w)
{
    uint64_t totals[2][REGION_KINDS] = {{0}, {0}};
    for (int side = 0; side < 2; side++)
        add_regions(report_of(w, side), totals[side]);
    for (unsigned kind = 0; kind < REGION_KINDS; kind++)
        if (totals[0][kind] != totals[1][kind])
            add_row(w, DIFF_REGIONS, (diff_row_t){totals[0][kind] == 0 ? DIFF_ADDED : totals[1][kind] == 0 ? DIFF_REMOVED : DIFF_CHANGED,
                                                  region_kind_name((region_kind_t)kind), SAY(w, "%" PRIu64 " bytes", totals[0][kind]),
                                                  SAY(w, "%" PRIu64 " bytes", totals[1][kind]), NULL});
}

/* ---- all of it -------------------------------------------------------------------------------------------------------- */

static int by_subject(const void *a, const void *b)
{
    const diff_row_t *x = a, *y = b;
    int               sign = strcmp(x->subject, y->subject);
    if (sign == 0 && x->change != y->change)
        sign = x->change < y->change ? -1 : 1;
    if (sign == 0)
        sign = strcmp(x->before != NULL ? x->before : "", y->before != NULL ? y->before : "");
    return sign != 0 ? sign : strcmp(x->after != NULL ? x->after : "", y->after != NULL ? y->after : "");
}

static uint64_t unspoken(const report_t *report)
{
    uint64_t bytes = report->coverage.unknown;
    for (size_t i = 0; i < report->finding_count; i++) {
        const report_finding_t *f = &report->findings[i];
        for (size_t e = 0; e < f->evidence_count && (f->kind == FINDING_DAMAGE || f->kind == FINDING_LIMIT); e++)
            if (!checked_add(bytes, f->evidence[e].length, &bytes))
                bytes = UINT64_MAX;
    }
    return bytes;
}

status_t diff_reports(const report_t *old, const report_t *new, arena_t *arena, diff_t *diff)
{
    *diff    = (diff_t){.old = old, .new = new, .arena = arena, .not_spoken_for = unspoken(new),
                        .verdict_worse = new->verdict.result > old->verdict.result};
    work_t w = {.diff = diff, .arena = arena};
    if (new->coverage.parts_per_million < old->coverage.parts_per_million)
        diff->coverage_loss = old->coverage.parts_per_million - new->coverage.parts_per_million;
    compare_files(&w);
    compare_components(&w);
    compare_origins(&w);
    compare_findings(&w);
    compare_certificates(&w);
    compare_regions(&w);
    for (size_t i = 0; i < DIFF_SECTIONS; i++)
        if (diff->sections[i].count > 0)
            qsort(diff->sections[i].rows, diff->sections[i].count, sizeof(diff_row_t), by_subject);
    return w.failed ? status_fail(STATUS_MEMORY, "diff", 0, "out of memory") : ok();
}

bool diff_gate(const diff_t *diff, uint64_t allowed, buffer_t *reasons)
{
    size_t before = reasons->size;
    if (diff->new_findings > 0)
        buffer_printf(reasons, "%zu new finding%s\n", diff->new_findings, diff->new_findings == 1 ? "" : "s");
    if (diff->new_vendors > 0)
        buffer_printf(reasons, "%zu new vendor%s\n", diff->new_vendors, diff->new_vendors == 1 ? "" : "s");
    if (diff->verdict_worse)
        buffer_printf(reasons, "the verdict was %s and is %s\n", verdict_name(diff->old->verdict.result), verdict_name(diff->new->verdict.result));
    if (diff->coverage_loss > allowed)
        buffer_printf(reasons, "%" PRIu64 " of a million bytes less are explained\n", diff->coverage_loss);
    return reasons->size > before || reasons->failed;
}
