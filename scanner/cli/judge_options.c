#include "cli/judge_options.h"

#include "cli/command.h"
#include "policy/date.h"

#include <string.h>
#include <time.h>

bool judge_option(judge_options_t *options, int option, const char *argument)
{
    bool        good = true;
    const char *what = "";
    switch (option) {
    case OPT_AS_OF:
        what              = "--as-of takes a date like 2029-12-31";
        good              = date_from(argument, &options->date);
        options->has_date = good;
        break;
    case OPT_PLACEMENT:
        what = "--placement is core, access, edge or management";
        good = placement_from(argument, &options->placement);
        break;
    case OPT_SCOPE:
        what = "--scope is intelligence-system, core-network, edge or lab";
        good = scope_from(argument, &options->scope);
        break;
    case OPT_PLAN: options->plan = argument; break;
    default: return false;
    }
    if (!good)
        command_error("%s, not \"%s\"", what, argument);
    return good;
}

/* Today in UTC, so that two offices mean the same day. */
static int32_t today(void) { return (int32_t)(time(NULL) / 86400); }

bool judge_open(judge_t *judge, const char *data, const judge_options_t *options)
{
    char        why[POLICY_WHY];
    const char *wrong = NULL;
    *judge            = (judge_t){.arena = arena_new(SIZE_MAX)};
    if (judge->arena == NULL)
        return command_ok(status_fail(STATUS_MEMORY, NULL, 0, "out of memory"), "policy");
    judge->policy = command_policy_load(options->policy, data, judge->arena);
    if (judge->policy == NULL)
        return false;
    if (!status_ok(knowledge_load(data, judge->arena, &judge->knowledge, &wrong))) {
        command_error("%s", wrong != NULL ? wrong : "the knowledge base cannot be read");
        return false;
    }
    judge->circumstances = (circumstances_t){.placement = options->placement, .scope = options->scope, .knowledge = &judge->knowledge};
    if (options->has_date || policy_depends_on_date(judge->policy)) {
        judge->circumstances.has_date = true;
        judge->circumstances.date     = options->has_date ? options->date : today();
    }
    judge->circumstances.plan = options->plan != NULL ? plan_load(options->plan, judge->arena, why) : NULL;
    if (options->plan != NULL && judge->circumstances.plan == NULL)
        command_error("%s", why);
    return options->plan == NULL || judge->circumstances.plan != NULL;
}

void judge_free(judge_t *judge)
{
    arena_free(judge->arena);
    judge->arena = NULL;
}

int judge_report(const judge_t *judge, report_t *report)
{
    circumstances_t circumstances = judge->circumstances;
    circumstances.knowledge       = &judge->knowledge;
    if (!command_ok(verdict_in(report, judge->policy, &circumstances), "policy"))
        return EXIT_CODE_ERROR;
    size_t unused = verdict_unused_waivers(&report->verdict);
    if (unused > 0)
        command_error("policy %s: %zu waiver%s not in use: see the steps assay:waiver:… of the trace", judge->policy->id, unused, unused == 1
                      ? " is" : "s are");
    return unused > 0 && report->mode != NULL && strcmp(report->mode, "ci") == 0 ? EXIT_CODE_ERROR : verdict_exit_code(report->verdict.result);
}
