/* The options of every command that judges: the policy, and what the verdict depends on beside it. */
#ifndef ASSAY_CLI_JUDGE_OPTIONS_H
#define ASSAY_CLI_JUDGE_OPTIONS_H

#include "policy/verdict.h"

typedef struct {
    const char *policy, *plan; /* NULL: the default; none */
    bool        has_date;      /* --as-of was given */
    int32_t     date;
    placement_t placement;
    scope_t     scope;
} judge_options_t;

enum { OPT_AS_OF = 768, OPT_PLACEMENT, OPT_SCOPE, OPT_PLAN };

#define JUDGE_LONG_OPTIONS                                                                                                        \
    {"as-of", required_argument, NULL, OPT_AS_OF}, {"placement", required_argument, NULL, OPT_PLACEMENT},                          \
    {"scope", required_argument, NULL, OPT_SCOPE}, {"plan", required_argument, NULL, OPT_PLAN}

#define JUDGE_USAGE                                                                                                               \
    "      --as-of DATE         judge as on that day, like 2029-12-31 (default: today, where the policy asks for the day)\n"       \
    "      --placement PLACE    where it will stand: core, access, edge or management\n"                                          \
    "      --scope SCOPE        what it will serve: intelligence-system, core-network, edge or lab\n"                              \
    "      --plan FILE          the plan by which what has to go will go\n"

/* Takes one of these options; false, after a message, when the argument is no value for it. */
bool judge_option(judge_options_t *options, int option, const char *argument);

/* Everything that judging needs, read once; all of it in an arena of its own. */
typedef struct {
    arena_t        *arena;
    const policy_t *policy;
    circumstances_t circumstances;
    knowledge_t     knowledge;
} judge_t;

/* Reads policy, plan and knowledge base. False after a message; to be freed in any case. */
bool judge_open(judge_t *judge, const char *data, const judge_options_t *options);
void judge_free(judge_t *judge);

/* Judges. The verdict's exit code, or EXIT_CODE_ERROR after a message; in mode ci also when a waiver is not in use. */
int judge_report(const judge_t *judge, report_t *report);

#endif
