#include "report/explanation.h"

#include "report/statement.h"

#include <stdio.h>
#include <string.h>

enum { FACTS_SHOWN = 20 };

static bool has_effect(const verdict_step_t *step, verdict_result_t wanted)
{
    verdict_result_t effect;
    return step->matched && verdict_from(step->effect, &effect) && effect == wanted;
}

static void put_head(const report_t *report, buffer_t *out)
{
    const report_verdict_t *v = &report->verdict;
    buffer_printf(out, "%s by policy %s (sha256 %.16s…)", verdict_name(v->result), v->policy, v->policy_digest);
    if (v->as_of != NULL)
        buffer_printf(out, ", as of %s", v->as_of);
    if (v->scope != NULL)
        buffer_printf(out, ", scope %s", v->scope);
    if (v->placement != NULL)
        buffer_printf(out, ", placement %s", v->placement);
    buffer_append_text(out, "\n");
}

void explanation_steps(const report_t *report, buffer_t *out)
{
    put_head(report, out);
    for (size_t i = 0; i < report->verdict.trace_count; i++) {
        const verdict_step_t *step = &report->verdict.trace[i];
        if (!step->matched || has_effect(step, VERDICT_ACCEPT))
            continue;
        buffer_printf(out, "  %-12s %s: %s\n  %-12s   %s\n", step->effect, step->rule, step->reason != NULL ? step->reason : "", "",
                      step->why != NULL ? step->why : "");
        if (step->reference != NULL)
            buffer_printf(out, "  %-12s   see %s\n", "", step->reference);
        if (step->waiver != NULL && strncmp(step->rule, "assay:", 6) != 0)
            buffer_printf(out, "  %-12s   waived: %s\n", "", step->waiver);
        for (size_t r = 0; r < step->require_count; r++)
            buffer_printf(out, "  %-12s   before use: %s\n", "", step->require[r]);
    }
}

/* ---- the tree --------------------------------------------------------------------------------------------------------- */

typedef struct { const char *title; bool matched; verdict_result_t effect; } branch_t;

static bool on_branch(const branch_t *branch, const verdict_step_t *step) { return branch->matched ? has_effect(step, branch->effect)
                                                                           : !step->matched; }

static void put_leaf(const char *trunk, const char *what, const char *text, buffer_t *out)
{
    if (text != NULL && text[0] != '\0')
        buffer_printf(out, "%s%s%s\n", trunk, what, text);
}

static void put_step(const verdict_step_t *step, bool last_branch, bool last, buffer_t *out)
{
    char trunk[32];
    (void)snprintf(trunk, sizeof trunk, "%s  %s   ", last_branch ? " " : "│", last ? " " : "│");
    const char *said = step->matched ? step->reason : step->why;
    buffer_printf(out, "%s  %s %s%s%s\n", last_branch ? " " : "│", last ? "└─" : "├─", step->rule, said != NULL ? ": " : "", said != NULL ? said
                  : "");
    if (!step->matched)
        return;
    put_leaf(trunk, "", step->why, out);
    put_leaf(trunk, "see ", step->reference, out);
    if (strncmp(step->rule, "assay:", 6) != 0)
        put_leaf(trunk, "waived: ", step->waiver, out);
    for (size_t i = 0; i < step->require_count; i++)
        put_leaf(trunk, "before use: ", step->require[i], out);
}

static void put_change(const report_t *report, const change_t *change, buffer_t *out)
{
    char        name[FACT_NAME_MAX];
    const char *between = " ";
    if (!change->possible) {
        buffer_append_text(out, "Nothing would make it better.\n");
        return;
    }
    buffer_printf(out, "It would be %s without", verdict_name(change->to));
    for (size_t i = 0; i < report->verdict.trace_count; i++)
        if (has_effect(&report->verdict.trace[i], report->verdict.result) && strncmp(report->verdict.trace[i].rule, "assay:waiver:", 13) != 0) {
            buffer_printf(out, "%s%s", between, report->verdict.trace[i].rule);
            between = ", ";
        }
    buffer_append_text(out, ".\n");
    if (change->fact_count > 0)
        buffer_printf(out, "%s:\n", change->smallest ? "These facts would have to go, and fewer of them would not do"
                      : "These facts would have to go; fewer may do");
    for (size_t i = 0; i < change->fact_count && i < FACTS_SHOWN; i++) {
        fact_name(change->facts[i].kind, report, change->facts[i].index, name);
        buffer_printf(out, "  %s", name);
        if (change->facts[i].kind == FACT_FINDING)
            buffer_printf(out, " (%s)", report->findings[change->facts[i].index].rule);
        buffer_append_text(out, "\n");
    }
    if (change->fact_count > FACTS_SHOWN)
        buffer_printf(out, "  and %zu more (--json names all)\n", change->fact_count - FACTS_SHOWN);
    for (size_t i = 0; i < change->step_count; i++)
        buffer_printf(out, "And the step %s would have to be otherwise: %s\n", change->steps[i]->rule, change->steps[i]->why);
}

void explanation_tree(const report_t *report, const change_t *change, buffer_t *out)
{
    static const branch_t branches[] = {{"reject", true, VERDICT_REJECT}, {"inconclusive", true, VERDICT_INCONCLUSIVE}, {"conditional", true,
                                                                                                    VERDICT_CONDITIONAL},
                                        {"accept", true, VERDICT_ACCEPT}, {"not matched", false, VERDICT_ACCEPT}};
    enum { BRANCHES = sizeof branches / sizeof *branches };
    const report_verdict_t *v = &report->verdict;
    size_t counts[BRANCHES] = {0}, last_branch = 0;
    put_head(report, out);
    for (size_t b = 0; b < BRANCHES; b++) {
        for (size_t i = 0; i < v->trace_count; i++)
            counts[b] += on_branch(&branches[b], &v->trace[i]);
        last_branch = counts[b] > 0 ? b : last_branch;
    }
    for (size_t b = 0; b < BRANCHES; b++) {
        if (counts[b] == 0)
            continue;
        buffer_printf(out, "%s %s\n", b == last_branch ? "└─" : "├─", branches[b].title);
        for (size_t i = 0, left = counts[b]; i < v->trace_count; i++)
            if (on_branch(&branches[b], &v->trace[i]))
                put_step(&v->trace[i], b == last_branch, --left == 0, out);
    }
    put_change(report, change, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------- */

static void write_change(json_writer_t *w, const report_t *report, const change_t *change)
{
    char name[FACT_NAME_MAX];
    if (!change->possible) {
        json_put_null(w);
        return;
    }
    json_begin_object(w);
    json_key(w, "facts");
    json_begin_array(w);
    for (size_t i = 0; i < change->fact_count; i++) {
        fact_name(change->facts[i].kind, report, change->facts[i].index, name);
        json_put_text(w, name);
    }
    json_end_array(w);
    json_member_bool(w, "smallest", change->smallest);
    json_key(w, "steps");
    json_begin_array(w);
    for (size_t i = 0; i < change->step_count; i++)
        json_put_text(w, change->steps[i]->rule);
    json_end_array(w);
    json_member_text(w, "to", verdict_name(change->to));
    json_end_object(w);
}

status_t explanation_json(const report_t *report, const change_t *change, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_key(&w, "change");
    write_change(&w, report, change);
    json_key(&w, "verdict");
    statement_put_verdict(&w, &report->verdict);
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}
