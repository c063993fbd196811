/* assay policy: reports held against policies, and policies themselves. */
#include "cli/command.h"

#include "cli/policy_test.h"
#include "policy/document.h"
#include "report/dsse.h"
#include "report/explanation.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: assay policy check REPORT --policy P [--key FILE] [options]\n"
    "       assay policy explain REPORT --policy P [--key FILE] [--json] [options]\n"
    "       assay policy lint P …\n"
    "       assay policy test FILE …\n"
    "       assay policy export P [--json]\n"
    "\n"
    "check judges a finished report by a policy and says why; explain shows every requirement and every rule as a tree, also those that did\n"
    "not match, and the least that would have to be otherwise for another verdict; lint reads policies and says what is wrong with them;\n"
    "test tries policies on recorded reports and compares the verdicts with those expected; export writes a policy as canonical JSON.\n"
    "check and explain exit with 0 accept, 1 reject, 2 trouble, 3 inconclusive, 4 conditional; lint and export with 0 or 2; test with 0, 1 when\n"
    "a verdict is another one, or 2.\n"
    "\n"
    "  -p, --policy P           a file, or the name of a policy that ships: see docs/policy.md\n"
    JUDGE_USAGE
    "  -k, --key FILE           the report must be signed with this public key\n"
    "      --conditional-ok     exit with 0 for conditional, too\n"
    "      --json               the explanation in JSON\n"
    "  -h, --help               this text\n";

typedef struct { const char *report, *key; judge_options_t judge; bool explain, json, conditional_ok; } options_t;

static int say(const options_t *options, const judge_t *judge, const report_t *report, int code)
{
    buffer_t out    = {0};
    change_t change = {0};
    status_t status = ok();
    if (options->explain)
        status = change_find(report, judge->policy, &judge->circumstances, judge->arena, &change);
    if (status_ok(status) && options->json)
        status = explanation_json(report, &change, &out);
    else if (status_ok(status))
        options->explain ? explanation_tree(report, &change, &out) : explanation_steps(report, &out);
    if (options->json)
        buffer_append_text(&out, "\n");
    bool good = command_ok(status, options->report) && command_put_output(NULL, &out);
    buffer_free(&out);
    if (options->conditional_ok && code == verdict_exit_code(VERDICT_CONDITIONAL))
        code = EXIT_CODE_GOOD;
    return good ? code : EXIT_CODE_ERROR;
}

static int judge(const options_t *options, report_t *report)
{
    const char *data = command_data_directory(NULL);
    judge_t     with = {0};
    int         code = EXIT_CODE_ERROR;
    if (data != NULL && judge_open(&with, data, &options->judge)) {
        code = judge_report(&with, report);
        if (report->verdict.policy != NULL)
            code = say(options, &with, report, code);
    }
    judge_free(&with);
    return code;
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

static int export(const char *name)
{
    char        path[PATH_MAX], why[POLICY_WHY];
    const char *data = command_data_directory(NULL);
    buffer_t    yaml = {0}, json = {0};
    bool        good = false;
    if (data != NULL && !document_file(policy_path(name, data, path), &yaml))
        command_error("%s: cannot read the policy: %s", path, strerror(errno));
    else if (data != NULL && !policy_to_json(buffer_span(&yaml), path, &json, why))
        command_error("%s", why);
    else if (data != NULL)
        good = command_put_output(NULL, &json);
    buffer_free(&yaml);
    buffer_free(&json);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

enum { OPT_JSON = 256, OPT_CONDITIONAL_OK };

static bool read_options(int argc, char **argv, options_t *options)
{
    static const struct option longs[] = {
        {"policy", required_argument, NULL, 'p'}, {"key", required_argument, NULL, 'k'}, {"json", no_argument, NULL, OPT_JSON},
        {"conditional-ok", no_argument, NULL, OPT_CONDITIONAL_OK}, JUDGE_LONG_OPTIONS, {"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "p:k:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'p': options->judge.policy = optarg; break;
        case 'k': options->key = optarg; break;
        case OPT_JSON: options->json = true; break;
        case OPT_CONDITIONAL_OK: options->conditional_ok = true; break;
        case OPT_AS_OF: case OPT_PLACEMENT: case OPT_SCOPE: case OPT_PLAN:
            if (!judge_option(&options->judge, c, optarg))
                return false;
            break;
        default: (void)command_usage_error("policy", "unknown option"); return false;
        }
    }
    return true;
}

int command_policy(int argc, char **argv)
{
    options_t options = {0};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return EXIT_CODE_GOOD;
        }
    if (!read_options(argc, argv, &options))
        return EXIT_CODE_ERROR;
    const char *what = optind < argc ? argv[optind] : "";
    int         left = argc - optind - 1;
    if (strcmp(what, "lint") == 0)
        return left > 0 ? lint(left, argv + optind + 1) : command_usage_error("policy", "lint takes policies");
    if (strcmp(what, "test") == 0)
        return left > 0 ? policy_test(left, argv + optind + 1) : command_usage_error("policy", "test takes files of trials");
    if (strcmp(what, "export") == 0)
        return left == 1 ? export(argv[optind + 1]) : command_usage_error("policy", "export takes one policy");
    options.explain = strcmp(what, "explain") == 0;
    if (!options.explain && strcmp(what, "check") != 0)
        return command_usage_error("policy", "policy wants check, explain, lint, test or export");
    if (left != 1 || options.judge.policy == NULL)
        return command_usage_error("policy", left != 1 ? "%s takes one report" : "%s needs --policy", what);
    options.report = argv[optind + 1];
    return check(&options);
}
