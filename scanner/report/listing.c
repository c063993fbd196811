/* The uncut lists of `assay show`: tabs between columns, one thing a line, for eyes and for grep. */
#include "report/summary.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *or_dash(const char *text) { return text != NULL && text[0] != '\0' ? text : "-"; }

static const char *path_of(const report_t *report, uint32_t artifact) { return artifact < report->artifact_count ? report->artifacts[artifact].path : "-"; }

/* ---- tree ------------------------------------------------------------------------------------------------------------- */

/* Children of each artifact as linked lists by index: parents stand before their children, so one pass from the end keeps the order. */
typedef struct { uint32_t *first, *next; } family_t;

static bool find_families(const report_t *report, family_t *family)
{
    size_t count  = report->artifact_count;
    family->first = malloc((count + 1) * sizeof *family->first);
    family->next  = malloc((count + 1) * sizeof *family->next);
    if (family->first == NULL || family->next == NULL)
        return false;
    for (size_t i = 0; i <= count; i++)
        family->first[i] = family->next[i] = NO_ARTIFACT;
    for (size_t i = count; i-- > 0;) {
        uint32_t parent       = report->artifacts[i].parent;
        size_t   at           = parent < count ? parent : count; /* the last list: artifacts without a parent */
        family->next[i]       = family->first[at];
        family->first[at]     = (uint32_t)i;
    }
    return true;
}

static const char *name_below(const report_t *report, const report_artifact_t *a)
{
    if (a->parent >= report->artifact_count)
        return a->path;
    size_t length = strlen(report->artifacts[a->parent].path);
    return strncmp(a->path, report->artifacts[a->parent].path, length) == 0 && a->path[length] == '/' ? a->path + length + 1 : a->path;
}

static void write_artifact(const report_t *report, const report_artifact_t *a, unsigned depth, buffer_t *out)
{
    for (unsigned i = 0; i < depth; i++)
        buffer_append_text(out, "  ");
    buffer_printf(out, "%s", name_below(report, a));
    if (a->link != NULL)
        buffer_printf(out, " -> %s", a->link);
    buffer_printf(out, "\t%s", child_type_name(a->type));
    if (a->has_mode)
        buffer_printf(out, " %04o", (unsigned)a->mode);
    if (a->type == CHILD_FILE || a->type == CHILD_PAYLOAD)
        buffer_printf(out, " %" PRIu64 " bytes", a->size);
    if (a->format != NULL || a->mime != NULL)
        buffer_printf(out, "\t%s", a->format != NULL ? a->format : a->mime);
    buffer_append_text(out, a->damaged ? "\tDAMAGED\n" : "\n");
}

static void list_tree(const report_t *report, buffer_t *out)
{
    family_t family;
    if (!find_families(report, &family))
        out->failed = true;
    uint32_t at    = out->failed ? NO_ARTIFACT : family.first[report->artifact_count];
    unsigned depth = 0;
    while (at != NO_ARTIFACT) {
        write_artifact(report, &report->artifacts[at], depth, out);
        if (family.first[at] != NO_ARTIFACT) {
            at = family.first[at];
            depth++;
            continue;
        }
        while (at != NO_ARTIFACT && family.next[at] == NO_ARTIFACT) {
            at = report->artifacts[at].parent < report->artifact_count ? report->artifacts[at].parent : NO_ARTIFACT;
            depth -= at != NO_ARTIFACT;
        }
        at = at != NO_ARTIFACT ? family.next[at] : NO_ARTIFACT;
    }
    free(family.first);
    free(family.next);
}

/* ---- the other lists -------------------------------------------------------------------------------------------------- */

static void write_evidence(const report_t *report, const report_evidence_t *e, buffer_t *out)
{
    buffer_printf(out, "  %s at %" PRIu64 "\t%s\t%u\t%s\n", path_of(report, e->artifact), e->offset, or_dash(e->method), e->confidence, or_dash(e->text));
}

static void list_components(const report_t *report, buffer_t *out)
{
    for (size_t i = 0; i < report->component_count; i++) {
        const report_component_t *c = &report->components[i];
        buffer_printf(out, "%s\t%s\t%s\t%s", c->name, or_dash(c->version), or_dash(c->purl), or_dash(c->supplier));
        for (size_t l = 0; l < c->licence_count; l++)
            buffer_printf(out, "%s%s", l == 0 ? "\t" : ", ", c->licences[l]);
        buffer_append_byte(out, '\n');
        for (size_t e = 0; e < c->evidence_count; e++)
            write_evidence(report, &c->evidence[e], out);
    }
}

/* How the evidence binds: maker, group, country, then the laws and the lists. */
static void write_chain(const report_origin_t *o, buffer_t *out)
{
    buffer_printf(out, "  chain evidence -> %s", o->name != NULL ? o->name : o->vendor);
    if (o->group != NULL)
        buffer_printf(out, " -> group %s", o->group);
    if (o->jurisdiction != NULL)
        buffer_printf(out, " -> %s", o->jurisdiction);
    buffer_printf(out, " -> %zu laws, %zu lists in force\n", o->law_count, o->list_count);
    for (size_t i = 0; i < o->law_count; i++) {
        const report_law_t *law = &o->laws[i];
        buffer_printf(out, "    law   %s\t%s\t%s\t%s\n", or_dash(law->date), law->title, or_dash(law->articles), or_dash(law->effect));
    }
    for (size_t i = 0; i < o->listed_count; i++) {
        const report_listing_t *listing = &o->listed[i];
        buffer_printf(out, "    list  %s\t%s\t%s\t%s\n", or_dash(listing->date), list_status_name(listing->status), listing->list, or_dash(listing->title));
    }
}

static void list_origins(const report_t *report, buffer_t *out)
{
    for (size_t i = 0; i < report->origin_count; i++) {
        const report_origin_t *o = &report->origins[i];
        buffer_printf(out, "%s\t%s\t%s\t%s\t%s", o->vendor, strength_name(o->strength), or_dash(o->jurisdiction), or_dash(o->name), or_dash(o->group));
        for (size_t l = 0; l < o->list_count; l++)
            buffer_printf(out, "%s%s", l == 0 ? "\t" : ", ", o->lists[l]);
        buffer_append_byte(out, '\n');
        for (size_t e = 0; e < o->evidence_count; e++)
            write_evidence(report, &o->evidence[e], out);
        write_chain(o, out);
    }
}

static void list_findings(const report_t *report, buffer_t *out)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        const report_finding_t *f = &report->findings[i];
        buffer_printf(out, "%s\t%s\t%s\t%s\t%u\t%s\t%s\n", f->id, severity_name(f->severity), finding_kind_name(f->kind), f->rule, f->confidence, f->title,
                      path_of(report, f->artifact));
        for (size_t e = 0; e < f->evidence_count; e++)
            write_evidence(report, &f->evidence[e], out);
        for (size_t r = 0; r < f->reference_count; r++)
            buffer_printf(out, "  see %s\n", f->references[r]);
    }
}

static void list_ledgers(const report_t *report, buffer_t *out)
{
    for (size_t i = 0; i < report->ledger_count; i++) {
        const report_ledger_t *ledger = &report->ledgers[i];
        char                   hex[SHA256_HEX];
        hex_encode(ledger->sha256.bytes, SHA256_SIZE, hex);
        buffer_printf(out, "sha256 %s\t%" PRIu64 " bytes\n", hex, ledger->size);
        for (size_t r = 0; r < ledger->count; r++) {
            const region_t *region = &ledger->regions[r];
            const char     *class  = region_class_name(region->class);
            buffer_printf(out, "  %" PRIu64 "\t%" PRIu64 "\t%s\t%s", region->offset, region->length, region_kind_name(region->kind), or_dash(region->format));
            if (region->child != NO_CHILD)
                buffer_printf(out, "\t%s", path_of(report, region->child));
            if (class != NULL)
                buffer_printf(out, "\t%s", class);
            if (region->kind == REGION_UNKNOWN)
                buffer_printf(out, "\t%u.%03u bits/byte", region->entropy / 1000u, region->entropy % 1000u);
            buffer_append_byte(out, '\n');
        }
    }
}

static void list_verdict(const report_t *report, buffer_t *out)
{
    const report_verdict_t *v = &report->verdict;
    buffer_printf(out, "%s\t%s\t%s\n", verdict_name(v->result), or_dash(v->policy), or_dash(v->policy_digest));
    for (size_t i = 0; i < v->trace_count; i++) {
        const verdict_step_t *step = &v->trace[i];
        buffer_printf(out, "  %s\t%s\t%s\t%s\n", step->matched ? step->effect : "-", step->rule, or_dash(step->why), or_dash(step->reason));
        if (step->reference != NULL)
            buffer_printf(out, "    see %s\n", step->reference);
        for (size_t e = 0; step->matched && e < step->evidence_count; e++)
            buffer_printf(out, "    %s\n", step->evidence[e]);
    }
}

bool listing_write(const report_t *report, const char *part, buffer_t *out)
{
    static const struct { const char *part; void (*list)(const report_t *, buffer_t *); } lists[] = {
        {"tree", list_tree}, {"components", list_components}, {"origins", list_origins},
        {"findings", list_findings}, {"ledger", list_ledgers}, {"verdict", list_verdict},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].part, part) == 0) {
            lists[i].list(report, out);
            return true;
        }
    return false;
}
