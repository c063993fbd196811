#include "cli/command.h"

#include "report/writers.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int say_usage(void)
{
    (void)fputs("usage: assay export REPORT --format FORMAT [-o FILE]\n"
                "\n"
                "Writes a report in a form that other tools read. The signature is not checked: that is what 'assay verify' is for.\n"
                "\n"
                "  -f, --format FORMAT   one of these:\n", stdout);
    for (const writer_t *w = writers; w->name != NULL; w++)
        (void)printf("                          %-12s %s\n", w->name, w->what);
    (void)fputs("                          statement    the signed in-toto statement itself, without its envelope\n"
                "  -o, --output FILE     where to; without it, and for '-', standard output\n"
                "  -h, --help            this text\n", stdout);
    return EXIT_CODE_GOOD;
}

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
        case 'h': return say_usage();
        default: return command_usage_error("export", "unknown option");
        }
    }
    if (format == NULL)
        return command_usage_error("export", "--format is missing");
    if (optind + 1 != argc)
        return command_usage_error("export", "export takes one report");
    return export_report(argv[optind], format, output);
}
