#include "report/bill.h"

const report_artifact_t *bill_file(const report_t *report, const report_component_t *c)
{
    if (c->scope != SCOPE_OBSERVED || c->artifact_count != 1 || c->artifacts[0] >= report->artifact_count)
        return NULL;
    const report_artifact_t *a = &report->artifacts[c->artifacts[0]];
    return a->type == CHILD_FILE || a->type == CHILD_PAYLOAD ? a : NULL;
}

const char *bill_file_name(const report_artifact_t *file)
{
    const char *slash = strrchr(file->path, '/');
    return slash != NULL ? slash + 1 : file->path;
}

/* ELF, PE and Mach-O by their format, and whatever the file system lets run. */
static bool is_executable(const report_artifact_t *a)
{
    static const char *const formats[] = {"elf", "pe", "macho"};
    for (size_t i = 0; a->format != NULL && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(a->format, formats[i]) == 0)
            return true;
    return a->type == CHILD_FILE && a->has_mode && (a->mode & 0111) != 0;
}

bool bill_facts(const report_t *report, bill_facts_t *facts)
{
    bool *is_parent = arena_array(report->arena, report->artifact_count + 1, sizeof *is_parent);
    bool *is_contained = arena_array(report->arena, report->component_count + 1, sizeof *is_contained);
    if (is_parent == NULL || is_contained == NULL)
        return false;
    for (size_t i = 0; i < report->artifact_count; i++)
        if (report->artifacts[i].parent < report->artifact_count)
            is_parent[report->artifacts[i].parent] = true;
    for (size_t i = 0; i < report->component_count; i++)
        for (size_t k = 0; k < report->components[i].relation_count; k++) {
            const report_relation_t *r = &report->components[i].relations[k];
            if (r->kind == RELATION_CONTAINS && r->component < report->component_count && r->component != i)
                is_contained[r->component] = true;
        }
    *facts = (bill_facts_t){is_parent, is_contained};
    return true;
}

bill_nature_t bill_nature(const report_t *report, const bill_facts_t *facts, const report_component_t *c)
{
    bill_nature_t            nature = {0};
    const report_artifact_t *file   = bill_file(report, c);
    if (file != NULL) {
        nature       = (bill_nature_t){.known = true, .executable = is_executable(file)};
        nature.archive = !nature.executable && facts->is_parent[c->artifacts[0]];
    }
    for (size_t i = 0; file == NULL && i < c->file_count; i++) /* a package: an archive whose parts have names, as delivered */
        if (c->files[i] < report->artifact_count) {
            nature.known = nature.archive = true;
            nature.executable             = nature.executable || is_executable(&report->artifacts[c->files[i]]);
        }
    nature.structured = nature.archive;
    return nature;
}

bool bill_left_something_out(const report_t *report)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].kind == FINDING_LIMIT || report->findings[i].kind == FINDING_DAMAGE)
            return true;
    return report->coverage.unknown > 0;
}

const char *bill_author(const report_t *report)
{
    const char *name = report->run != NULL ? report->run->operator : NULL;
    return name != NULL && name[0] != '\0' ? name : NULL;
}

const char *bill_time(const report_t *report)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    const char       *when   = report->run != NULL ? report->run->finished : NULL;
    if (when == NULL || strlen(when) != sizeof form - 1)
        return NULL;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? when[i] < '0' || when[i] > '9' : when[i] != form[i])
            return NULL;
    return when;
}

uint8_t bill_confidence(const report_component_t *c)
{
    uint8_t best = 0;
    for (size_t i = 0; i < c->evidence_count; i++)
        best = c->evidence[i].confidence > best ? c->evidence[i].confidence : best;
    return best;
}
