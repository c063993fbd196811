#include "cli/command.h"

#include "report/disclosure.h"
#include "report/summary.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: assay show REPORT [tree|components|origins|findings|ledger|verdict]\n"
    "\n"
    "Shows a report: on one screen, or all of one part, a line for each thing. The signature is not checked: that is what\n"
    "'assay verify' is for.\n"
    "\n"
    "      --color=WHEN   always, never or auto (when standard output is a terminal and NO_COLOR is not set)\n"
    "  -h, --help         this text\n";

/* A redacted report has no model: what is disclosed of it is listed. */
static int show_redacted(const char *path, const report_file_t *file)
{
    commitment_t commitment;
    buffer_t     out = {0};
    char         why[DISCLOSURE_WHY] = "";
    status_t     status = commitment_read(file->statement, &commitment);
    bool         good   = command_ok(status, path);
    if (good && !status_ok(disclosure_list(buffer_span(&file->envelope.disclosure), &commitment, &out, why))) {
        command_error("%s: %s", path, why);
        good = false;
    }
    good = good && command_put_output(NULL, &out);
    buffer_free(&out);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

static int show(const char *path, const char *part, const char *colour)
{
    report_file_t file;
    report_t     *report = NULL;
    int           code   = EXIT_CODE_ERROR;
    buffer_t      out    = {0};
    char          why[REPORT_WHY];
    status_t      status = report_file_read(path, &file, why);
    if (status_ok(status) && file.envelope.disclosure.size > 0) {
        code = part == NULL ? show_redacted(path, &file) : command_usage_error("show", "a redacted report is shown whole");
        report_file_free(&file);
        return code;
    }
    if (status_ok(status))
        status = reader_report(file.statement, &report, why);
    if (!status_ok(status))
        command_error("%s: %s", path, why);
    if (report != NULL && part != NULL && !listing_write(report, part, &out))
        code = command_usage_error("show", "a report has no part \"%s\"", part);
    else if (report != NULL) {
        bool in_colour = strcmp(colour, "always") == 0 || (strcmp(colour, "auto") == 0 && command_colour_wanted(stdout));
        bool good      = part == NULL ? command_print_summary(report, stdout, in_colour) : command_put_output(NULL, &out);
        code           = good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    }
    buffer_free(&out);
    report_free(report);
    report_file_free(&file);
    return code;
}

int command_show(int argc, char **argv)
{
    enum { COLOUR = 256 };
    static const struct option longs[] = {{"color", required_argument, NULL, COLOUR}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *colour = "auto";
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        switch (c) {
        case COLOUR: colour = optarg; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("show", "unknown option");
        }
    }
    if (strcmp(colour, "auto") != 0 && strcmp(colour, "always") != 0 && strcmp(colour, "never") != 0)
        return command_usage_error("show", "--color is always, never or auto");
    if (argc - optind < 1 || argc - optind > 2)
        return command_usage_error("show", "show takes one report and at most one part");
    return show(argv[optind], argc - optind == 2 ? argv[optind + 1] : NULL, colour);
}
