/* assay diff: two reports, and whether a pipeline may go on. */
#include "cli/command.h"

#include "report/diff.h"
#include "report/dsse.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: assay diff OLD NEW [options]\n"
    "\n"
    "Says what differs between two reports: components, files, origins, findings, certificates and regions.\n"
    "Of a vendor that is no longer named it says whether anything still speaks of it, and how many bytes cannot be spoken for.\n"
    "\n"
    "  -f, --format FORMAT         text (default), json or html\n"
    "  -o, --output FILE           write it there\n"
    "  -k, --key FILE              both reports must be signed with this public key\n"
    "      --gate                  exit with 1 when NEW has a finding or a vendor that OLD has not, a worse verdict or less coverage\n"
    "      --coverage-loss PPM     with --gate: so much less of a million bytes explained is borne (default 0)\n"
    "  -h, --help                  this text\n"
    "exit status: 0 compared (and the gate is open), 1 the gate is shut, 2 error\n";

typedef struct { const char *format, *output, *key; bool gate; uint64_t loss; } options_t;

enum { OPT_GATE = 256, OPT_LOSS };

static bool signature_stands(const char *key_path, const char *path, const report_file_t *file)
{
    EVP_PKEY *key = command_public_key(key_path);
    if (key == NULL)
        return false;
    bool stands = file->is_signed && dsse_verify(&file->envelope, &key, 1, NULL) == 1;
    EVP_PKEY_free(key);
    if (!stands)
        command_error("%s: NOT verified: the key has not signed it", path);
    return stands;
}

static report_t *open_report(const options_t *options, const char *path)
{
    report_file_t file;
    report_t     *report = command_open_report(path, &file);
    if (report != NULL && options->key != NULL && !signature_stands(options->key, path, &file)) {
        report_free(report);
        report = NULL;
    }
    report_file_free(&file);
    return report;
}

static int say(const options_t *options, const diff_t *diff)
{
    buffer_t out    = {0}, reasons = {0};
    status_t status = ok();
    if (strcmp(options->format, "json") == 0)
        status = diff_json(diff, &out);
    else if (strcmp(options->format, "html") == 0)
        diff_html(diff, &out);
    else
        diff_text(diff, &out);
    int code = command_ok(status, "diff") && command_put_output(options->output, &out) ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    if (code == EXIT_CODE_GOOD && options->gate && diff_gate(diff, options->loss, &reasons)) {
        for (const char *line = strtok((char *)reasons.at, "\n"); line != NULL; line = strtok(NULL, "\n"))
            command_error("gate: %s", line);
        code = EXIT_CODE_WRONG;
    }
    buffer_free(&out);
    buffer_free(&reasons);
    return code;
}

static int compare(const options_t *options, const char *old_path, const char *new_path)
{
    diff_t    diff;
    arena_t  *arena = arena_new(SIZE_MAX);
    report_t *old = open_report(options, old_path), *new = old != NULL ? open_report(options, new_path) : NULL;
    int       code = EXIT_CODE_ERROR;
    if (arena != NULL && new != NULL && command_ok(diff_reports(old, new, arena, &diff), "diff"))
        code = say(options, &diff);
    report_free(old);
    report_free(new);
    arena_free(arena);
    return code;
}

static bool read_loss(const char *text, uint64_t *loss)
{
    char *end;
    errno = 0;
    *loss = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *loss <= 1000000;
}

int command_diff(int argc, char **argv)
{
    static const struct option longs[] = {
        {"format", required_argument, NULL, 'f'}, {"output", required_argument, NULL, 'o'}, {"key", required_argument, NULL, 'k'}, {"gate",
                                                                                                    no_argument, NULL, OPT_GATE},
        {"coverage-loss", required_argument, NULL, OPT_LOSS}, {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {.format = "text"};
    for (int c; (c = getopt_long(argc, argv, "f:o:k:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'f': options.format = optarg; break;
        case 'o': options.output = optarg; break;
        case 'k': options.key = optarg; break;
        case OPT_GATE: options.gate = true; break;
        case OPT_LOSS:
            if (!read_loss(optarg, &options.loss))
                return command_usage_error("diff", "--coverage-loss takes parts per million");
            break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("diff", "unknown option");
        }
    }
    if (strcmp(options.format, "text") != 0 && strcmp(options.format, "json") != 0 && strcmp(options.format, "html") != 0)
        return command_usage_error("diff", "%s: a difference is written as text, json or html", options.format);
    if (argc - optind != 2)
        return command_usage_error("diff", "diff takes two reports");
    return compare(&options, argv[optind], argv[optind + 1]);
}
