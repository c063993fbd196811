#include "cli/command.h"

#include "analysis/knowledge.h"
#include "report/output.h"
#include "report/summary.h"
#include "report/writers.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void print_line(const char *format, va_list args)
{
    (void)fputs("assay: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
}

void command_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(format, args);
    va_end(args);
}

bool command_ok(status_t status, const char *about)
{
    char what[512];
    if (status_ok(status))
        return true;
    status_print(status, what, sizeof what);
    command_error("%s: %s", about, what);
    return false;
}

int command_usage_error(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(format, args);
    va_end(args);
    (void)fprintf(stderr, "Try 'assay %s --help'.\n", command);
    return EXIT_CODE_ERROR;
}

static bool holds_data(const char *directory)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/corpus", directory) < (int)sizeof path && access(path, X_OK) == 0;
}

const char *command_data_directory(const char *given)
{
    const char *chosen = given != NULL ? given : getenv("ASSAY_DATA");
    if (chosen == NULL || chosen[0] == '\0')
        chosen = holds_data(ASSAY_DATA_DIR) ? ASSAY_DATA_DIR : ASSAY_SOURCE_DIR;
    if (holds_data(chosen))
        return chosen;
    command_error("%s: no rules and no knowledge base there: say where they are, by --data or ASSAY_DATA", chosen);
    return NULL;
}

/* ---- keys ------------------------------------------------------------------------------------------------------------- */

bool passphrase_fd_from(const char *text, passphrase_source_t *source)
{
    char *end;
    errno      = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0 || value > 65535) {
        command_error("--passphrase-fd takes the number of an open descriptor, not \"%s\"", text);
        return false;
    }
    source->fd = (int)value;
    return true;
}

bool passphrase_wanted(const passphrase_source_t *source) { return source->file != NULL || source->fd >= 0 || source->ask; }

bool passphrase_get(const passphrase_source_t *source, bool twice, passphrase_t *phrase)
{
    status_t status = source->fd >= 0        ? passphrase_from_descriptor(source->fd, phrase)
                      : source->file != NULL ? passphrase_from_file(source->file, phrase)
                                             : passphrase_from_terminal("Passphrase of the key: ", twice, phrase);
    bool     good   = command_ok(status, source->file != NULL && source->fd < 0 ? source->file : "key");
    if (!good)
        passphrase_forget(phrase);
    return good;
}

EVP_PKEY *command_public_key(const char *path)
{
    EVP_PKEY *key;
    (void)command_ok(key_load_public(path, &key), path);
    return key;
}

/* ---- reports ---------------------------------------------------------------------------------------------------------- */

report_t *command_open_report(const char *path, report_file_t *file)
{
    char      why[REPORT_WHY];
    report_t *report = NULL;
    status_t  status = report_file_read(path, file, why);
    if (status_ok(status))
        status = reader_report(file->statement, &report, why);
    if (!status_ok(status))
        command_error("%s: %s", path, why);
    return report;
}

bool command_put_output(const char *path, const buffer_t *bytes)
{
    const char *name   = path != NULL ? path : "-";
    status_t    status = bytes->failed ? status_fail(STATUS_MEMORY, "output", 0, "out of memory") : output_write(name, buffer_span(bytes));
    return command_ok(status, strcmp(name, "-") == 0 ? "standard output" : name);
}

bool command_flush(void) { return fflush(stdout) == 0 || command_ok(status_fail_io("output", "cannot write"), "standard output"); }

/* ---- what scan and the commands on reports share ---------------------------------------------------------------------- */

/* The names in the policy against the knowledge base of today. */
static bool names_known(const policy_t *policy, const char *data, arena_t *arena)
{
    char        unknown[POLICY_WHY];
    const char *why = NULL;
    knowledge_t knowledge;
    if (!status_ok(knowledge_load(data, arena, &knowledge, &why))) {
        command_error("%s", why != NULL ? why : "the knowledge base cannot be read");
        return false;
    }
    if (policy_names_known(policy, &knowledge, unknown))
        return true;
    command_error("policy %s: %s", policy->id, unknown);
    return false;
}

const policy_t *command_policy_load(const char *name, const char *data, arena_t *arena)
{
    char            why[POLICY_WHY];
    const policy_t *policy = policy_load(name != NULL ? name : "default", data, arena, why);
    if (policy == NULL)
        command_error("%s", why);
    return policy != NULL && names_known(policy, data, arena) ? policy : NULL;
}

int command_judge(report_t *report, const char *data, const judge_options_t *options)
{
    judge_t judge;
    int     code = judge_open(&judge, data, options) ? judge_report(&judge, report) : EXIT_CODE_ERROR;
    judge_free(&judge);
    return code;
}

bool command_export(const report_t *report, const char *format, const char *path)
{
    buffer_t        out    = {0};
    const writer_t *writer = writer_named(format, strlen(format));
    status_t        status = writer != NULL ? writer->write(report, &out) : status_fail(STATUS_INVALID, NULL, 0, "this is no format that a report is written in");
    bool            good   = command_ok(status, format) && command_put_output(path, &out);
    buffer_free(&out);
    return good;
}

enum { COLUMNS_DEFAULT = 100, SUMMARY_ROWS = 8 };

bool command_print_summary(const report_t *report, FILE *out, bool colour)
{
    struct winsize size;
    unsigned       columns = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
    buffer_t       text    = {0};
    summary_write(report, &(summary_options_t){.columns = columns, .rows = SUMMARY_ROWS, .colour = colour}, &text);
    bool     written = !text.failed && fwrite(text.at, 1, text.size, out) == text.size && fflush(out) == 0;
    status_t status  = written ? ok() : text.failed ? status_fail(STATUS_MEMORY, NULL, 0, "out of memory") : status_fail_io("output", "cannot write");
    buffer_free(&text);
    return command_ok(status, "summary");
}

bool command_colour_wanted(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(out)) && (no_colour == NULL || no_colour[0] == '\0');
}

void command_summary(const report_t *report, FILE *out) { (void)command_print_summary(report, out, command_colour_wanted(out)); }
