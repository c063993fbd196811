#include "cli/rescan.h"

#include "base/json_walk.h"
#include "cli/judge_options.h"
#include "engine/coordinator.h"
#include "report/statement.h"

static int compare(const report_t *again, span_t statement, int different)
{
    buffer_t bytes = {0}, path = {0};
    int      code  = EXIT_CODE_ERROR;
    if (command_ok(statement_write(again, &bytes), "rescan")) {
        code = EXIT_CODE_GOOD;
        if (json_first_difference(statement, buffer_span(&bytes), &path)) {
            command_error("rescan: the report of today differs, first at %.*s", (int)path.size, (const char *)path.at);
            code = different;
        }
    }
    buffer_free(&bytes);
    buffer_free(&path);
    return code;
}

int command_rescan(const rescan_t *rescan, const report_t *report, span_t statement, int different)
{
    char         why[1024];
    report_t    *again = NULL;
    scan_setup_t setup = {.data = command_data_directory(rescan->data), .extra_rules = rescan->rules, .inputs = rescan->inputs, .input_count = rescan->input_count,
                          .joined = rescan->joined, .limits = report->limits, .mode = report->mode != NULL ? report->mode : "acceptance",
                          .reduced = report->sandbox != NULL && strcmp(report->sandbox, "reduced") == 0};
    setup.limits.deleted = strcmp(setup.mode, "lab") == 0; /* what the mode stands for; the report names the mode only */
    if (setup.data == NULL)
        return EXIT_CODE_ERROR;
    if (!status_ok(scan_run(&setup, &again, why, sizeof why))) {
        command_error("rescan: %s", why);
        return EXIT_CODE_ERROR;
    }
    const char *policy = rescan->policy != NULL ? rescan->policy : report->verdict.policy;
    again->run         = report->run; /* facts of that run, not of the scan */
    again->custody     = report->custody;
    /* What the answer depends on besides the report is in the report, and is taken from there. */
    judge_options_t judge = {.policy = policy};
    if ((report->verdict.as_of != NULL && !judge_option(&judge, OPT_AS_OF, report->verdict.as_of)) ||
        (report->verdict.placement != NULL && !judge_option(&judge, OPT_PLACEMENT, report->verdict.placement)) ||
        (report->verdict.scope != NULL && !judge_option(&judge, OPT_SCOPE, report->verdict.scope))) {
        report_free(again);
        return EXIT_CODE_ERROR;
    }
    int code = policy != NULL && command_judge(again, setup.data, &judge) == EXIT_CODE_ERROR ? EXIT_CODE_ERROR : compare(again, statement, different);
    report_free(again);
    return code;
}
