#include "cli/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: assay export REPORT --format FORMAT [-o FILE]\n"
    "\n"
    "Writes a report in a form that other tools read. The signature is not checked: that is what 'assay verify' is for.\n"
    "\n"
    "  -f, --format FORMAT   cyclonedx: components as CycloneDX 1.6 JSON\n"
    "                        statement: the signed in-toto statement itself, without its envelope\n"
    "  -o, --output FILE     where to; without it, and for '-', standard output\n"
    "  -h, --help            this text\n";

static int export_report(const char *path, const char *format, const char *output)
{
    report_file_t file;
    report_t     *report = command_open_report(path, &file);
    buffer_t      bytes  = {0};
    bool          good   = false;
    if (report != NULL && strcmp(format, "statement") == 0) {
        buffer_append(&bytes, file.statement);
        good = command_put_output(output, &bytes);
    } else if (report != NULL) {
        good = command_export(report, format, output);
    }
    buffer_free(&bytes);
    report_free(report);
    report_file_free(&file);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

int command_export_report(int argc, char **argv)
{
    static const struct option longs[] = {
        {"format", required_argument, NULL, 'f'}, {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *format = NULL, *output = "-";
    for (int c; (c = getopt_long(argc, argv, "f:o:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'f': format = optarg; break;
        case 'o': output = optarg; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("export", "unknown option");
        }
    }
    if (format == NULL)
        return command_usage_error("export", "--format is missing");
    if (optind + 1 != argc)
        return command_usage_error("export", "export takes one report");
    return export_report(argv[optind], format, output);
}
