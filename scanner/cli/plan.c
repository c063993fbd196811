/* assay plan: what has to go by a policy, until when, and what remains. */
#include "cli/command.h"

#include "report/plan.h"

#include <getopt.h>
#include <string.h>

static const char usage[] =
    "usage: assay plan REPORT --policy P [options]\n"
    "\n"
    "Lists every artifact that has to go by the policy, by vendor: the day, what contains it, links to it or is\n"
    "the same, who has a plan for it, and what remains when it is gone.\n"
    "\n"
    "  -p, --policy P           a file, or the name of a policy that ships\n"
    JUDGE_USAGE
    "      --json               in JSON\n"
    "  -o, --output FILE        write it there\n"
    "  -h, --help               this text\n"
    "exit status: 0 nothing has to go, 1 something has, 2 error\n";

static int make(report_t *report, const judge_options_t *options, bool json, const char *output)
{
    transition_plan_t plan;
    judge_t           judge = {0};
    buffer_t          out   = {0};
    const char       *data  = command_data_directory(NULL);
    int               code  = EXIT_CODE_ERROR;
    if (data != NULL && judge_open(&judge, data, options) && (judge_report(&judge, report), report->verdict.policy != NULL)) {
        status_t status = plan_make(report, judge.policy, &judge.circumstances, judge.arena, &plan);
        if (status_ok(status) && json)
            status = plan_json(&plan, &out);
        else if (status_ok(status))
            plan_text(&plan, &out);
        if (command_ok(status, "plan") && command_put_output(output, &out))
            code = plan.count == 0 ? EXIT_CODE_GOOD : EXIT_CODE_WRONG;
    }
    buffer_free(&out);
    judge_free(&judge);
    return code;
}

int command_plan(int argc, char **argv)
{
    static const struct option longs[] = {{"policy", required_argument, NULL, 'p'}, {"output", required_argument, NULL, 'o'}, {"json", no_argument,
                                                                                                    NULL, 'J'},
                                          JUDGE_LONG_OPTIONS, {"help", no_argument, NULL, 'h'}, {0}};
    judge_options_t options = {0};
    const char     *output  = NULL;
    bool            json    = false;
    for (int c; (c = getopt_long(argc, argv, "p:o:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'p': options.policy = optarg; break;
        case 'o': output = optarg; break;
        case 'J': json = true; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        case OPT_AS_OF: case OPT_PLACEMENT: case OPT_SCOPE: case OPT_PLAN:
            if (!judge_option(&options, c, optarg))
                return EXIT_CODE_ERROR;
            break;
        default: return command_usage_error("plan", "unknown option");
        }
    }
    if (argc - optind != 1 || options.policy == NULL)
        return command_usage_error("plan", options.policy == NULL ? "plan needs --policy" : "plan takes one report");
    report_file_t file;
    report_t     *report = command_open_report(argv[optind], &file);
    int           code   = report != NULL ? make(report, &options, json, output) : EXIT_CODE_ERROR;
    report_free(report);
    report_file_free(&file);
    return code;
}
