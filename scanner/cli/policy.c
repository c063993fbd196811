#include "cli/command.h"

#include "policy/verdict.h"
#include "report/dsse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: assay policy check REPORT --policy P [--key FILE]\n"
    "       assay policy explain REPORT --policy P [--key FILE]\n"
    "       assay policy lint P …\n"
    "\n"
    "check judges a finished report by a policy and says why; explain shows every requirement and every rule, also those that did\n"
    "not match, and what would change the verdict; lint reads policies and says what is wrong with them.\n"
    "check and explain exit with 0 accept, 1 reject, 2 trouble, 3 inconclusive, 4 conditional; lint with 0 or 2.\n"
    "\n"
    "  -p, --policy P   a file, or the name of a policy that ships: default, ndaa-889\n"
    "  -k, --key FILE   the report must be signed with this public key\n"
    "  -h, --help       this text\n";

typedef struct { const char *report, *policy, *key; bool explain; } options_t;

static void print_step(const verdict_step_t *step)
{
    if (!step->matched) {
        (void)printf("  %-12s %s: %s\n", "-", step->rule, step->why != NULL ? step->why : "");
        return;
    }
    (void)printf("  %-12s %s: %s\n", step->effect, step->rule, step->reason != NULL ? step->reason : "");
    (void)printf("  %-12s   %s\n", "", step->why != NULL ? step->why : "");
    if (step->reference != NULL)
        (void)printf("  %-12s   see %s\n", "", step->reference);
}

static bool has_effect(const verdict_step_t *step, verdict_result_t wanted)
{
    verdict_result_t effect;
    return step->matched && verdict_from(step->effect, &effect) && effect == wanted;
}

/* The steps that all have to go before the verdict changes, and what it would be then. */
static void print_change(const report_verdict_t *verdict)
{
    if (verdict->result == VERDICT_ACCEPT)
        return;
    (void)printf("It would be %s without", verdict_name(verdict_without_worst(verdict)));
    bool first = true;
    for (size_t i = 0; i < verdict->trace_count; i++)
        if (has_effect(&verdict->trace[i], verdict->result)) {
            (void)printf("%s %s", first ? "" : ",", verdict->trace[i].rule);
            first = false;
        }
    (void)printf(".\n");
}

static int judge(const options_t *options, report_t *report)
{
    const char *data = command_data_directory(NULL);
    int         code = data != NULL ? command_judge(report, data, options->policy) : EXIT_CODE_ERROR;
    if (code == EXIT_CODE_ERROR)
        return code;
    const report_verdict_t *verdict = &report->verdict;
    (void)printf("%s by policy %s (sha256 %.16s…)\n", verdict_name(verdict->result), verdict->policy, verdict->policy_digest);
    for (size_t i = 0; i < verdict->trace_count; i++)
        if (options->explain || (verdict->trace[i].matched && !has_effect(&verdict->trace[i], VERDICT_ACCEPT)))
            print_step(&verdict->trace[i]);
    if (options->explain)
        print_change(verdict);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

static bool signature_stands(const options_t *options, const report_file_t *file)
{
    EVP_PKEY *key = command_public_key(options->key);
    if (key == NULL)
        return false;
    bool stands = file->is_signed && dsse_verify(&file->envelope, &key, 1, NULL) == 1;
    EVP_PKEY_free(key);
    if (!stands)
        command_error("%s: NOT verified: the key has not signed it", options->report);
    return stands;
}

static int check(const options_t *options)
{
    report_file_t file;
    report_t     *report = command_open_report(options->report, &file);
    int           code   = EXIT_CODE_ERROR;
    if (report != NULL && (options->key == NULL || signature_stands(options, &file))) {
        if (options->key == NULL)
            command_error("%s: the signature was not checked: give --key", options->report);
        code = judge(options, report);
    }
    report_free(report);
    report_file_free(&file);
    return code;
}

static int lint(int count, char **policies)
{
    const char *data = command_data_directory(NULL);
    int         code = data != NULL ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    for (int i = 0; i < count && data != NULL; i++) {
        arena_t        *arena  = arena_new(SIZE_MAX);
        const policy_t *policy = arena != NULL ? command_policy_load(policies[i], data, arena) : NULL;
        if (policy != NULL)
            (void)printf("%s: %s, %zu rules\n", policies[i], policy->id, policy->rule_count);
        else
            code = EXIT_CODE_ERROR;
        arena_free(arena);
    }
    return command_flush() ? code : EXIT_CODE_ERROR;
}

int command_policy(int argc, char **argv)
{
    static const struct option longs[] = {{"policy", required_argument, NULL, 'p'}, {"key", required_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {0};
    for (int c; (c = getopt_long(argc, argv, "p:k:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'p': options.policy = optarg; break;
        case 'k': options.key = optarg; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("policy", "unknown option");
        }
    }
    const char *what = optind < argc ? argv[optind] : "";
    int         left = argc - optind - 1;
    if (strcmp(what, "lint") == 0)
        return left > 0 ? lint(left, argv + optind + 1) : command_usage_error("policy", "lint takes policies");
    options.explain = strcmp(what, "explain") == 0;
    if (!options.explain && strcmp(what, "check") != 0)
        return command_usage_error("policy", "policy wants check, explain or lint");
    if (left != 1 || options.policy == NULL)
        return command_usage_error("policy", left != 1 ? "%s takes one report" : "%s needs --policy", what);
    options.report = argv[optind + 1];
    return check(&options);
}
