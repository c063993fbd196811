/* assay scan: the main job. The signer is started before any input is opened. */
#include "cli/command.h"

#include "base/utf8.h"
#include "cli/engine_options.h"
#include "cli/progress.h"
#include "cli/rescue_map.h"
#include "report/dsse.h"
#include "report/output.h"
#include "report/signer.h"
#include "report/statement.h"
#include "report/writers.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { KEYS_MAX = 4, EXPORTS_MAX = 8 };

typedef struct {
    const char  *output, *data, *map;
    judge_options_t judge;
    passphrase_source_t phrase;
    const char  *keys[KEYS_MAX];
    size_t       key_count;
    struct { const char *format, *path; } exports[EXPORTS_MAX];
    size_t       export_count;
    bool         quiet, run_facts;
    scan_setup_t setup;
} options_t;

static const char usage[] =
    "usage: assay scan [options] INPUT...      (- is standard input)\n"
    "  -o, --output FILE        write the report, an in-toto statement in a DSSE envelope (- is standard output)\n"
    "  -k, --key FILE           sign with this private key; may be given again for a second signature\n"
    "      --passphrase-file F  the passphrase of an encrypted key is the first line of F\n"
    "      --passphrase-fd N    or the first line from descriptor N\n"
    "  -p, --policy POLICY      judge by this policy: a file, or the name of one that ships with assay (default: default)\n"
    JUDGE_USAGE
    "      --format NAME=FILE   write another form of the report as well (forms: see 'assay export --help')\n"
    "  -m, --mode MODE          acceptance (default), ci, or lab: deleted and unallocated data are opened too\n"
    "      --split              the inputs are the segments of one image, in this order (disk.001 disk.002 …, case.E01 case.E02 …)\n"
    "      --map FILE           ddrescue's map of the only image: what was not read from the device is reported as damage\n"
    "  -r, --rules DIR          further YARA rules\n"
    "      --similar FILE       compare with samples that 'assay kb learn' has read\n"
    "      --data DIR           rules and knowledge base (default: those that came with assay)\n"
    ENGINE_USAGE
    "      --work-dir DIR       for what does not fit in memory (default: TMPDIR or /var/tmp)\n"
    "      --sandbox reduced    go on where the kernel cannot confine parsers fully; the report says so\n"
    "      --run-facts          put time, host and operator into the report (it is no longer reproducible then)\n"
    "  -q, --quiet              no progress, no summary\n"
    "exit status: 0 accept, 1 reject, 2 error, 3 inconclusive, 4 conditional\n";

enum { OPT_PASSPHRASE = 256, OPT_PASSPHRASE_FD, OPT_FORMAT, OPT_DATA, OPT_RUN, OPT_SPLIT, OPT_MAP, OPT_SIMILAR };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'}, {"key", required_argument, NULL, 'k'}, {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"passphrase-fd", required_argument, NULL, OPT_PASSPHRASE_FD},
    {"policy", required_argument, NULL, 'p'}, {"format", required_argument, NULL, OPT_FORMAT}, {"mode", required_argument, NULL, 'm'},
    {"rules", required_argument, NULL, 'r'}, {"data", required_argument, NULL, OPT_DATA}, {"run-facts", no_argument, NULL, OPT_RUN},
    {"split", no_argument, NULL, OPT_SPLIT}, {"map", required_argument, NULL, OPT_MAP}, {"similar", required_argument, NULL, OPT_SIMILAR},
    ENGINE_LONG_OPTIONS, JUDGE_LONG_OPTIONS,
    {"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
};

static bool add_export(options_t *options, const char *argument)
{
    size_t          length = strcspn(argument, "=");
    const writer_t *writer = writer_named(argument, length);
    if (writer == NULL || argument[length] != '=' || argument[length + 1] == '\0' || options->export_count == EXPORTS_MAX)
        return false;
    options->exports[options->export_count].format = writer->name;
    options->exports[options->export_count++].path = argument + length + 1;
    return true;
}

static bool take_option(options_t *o, int option, const char *argument)
{
    bool good = true;
    switch (option) {
    case 'o': o->output = argument; break;
    case 'k':
        good = o->key_count < KEYS_MAX;
        if (good)
            o->keys[o->key_count++] = argument;
        break;
    case 'p': o->judge.policy = argument; break;
    case 'm':
        o->setup.mode = argument;
        good          = strcmp(argument, "acceptance") == 0 || strcmp(argument, "lab") == 0 || strcmp(argument, "ci") == 0;
        o->setup.limits.deleted = strcmp(argument, "lab") == 0;
        break;
    case 'r': o->setup.extra_rules = argument; break;
    case 'q': o->quiet = true; break;
    case OPT_PASSPHRASE: o->phrase.file = argument; break;
    case OPT_PASSPHRASE_FD: good = passphrase_fd_from(argument, &o->phrase); break;
    case OPT_FORMAT: good = add_export(o, argument); break;
    case OPT_DATA: o->data = argument; break;
    case OPT_RUN: o->run_facts = true; break;
    case OPT_SPLIT: o->setup.joined = true; break;
    case OPT_SIMILAR: o->setup.similar = argument; break;
    case OPT_MAP: o->map = argument; break;
    case OPT_AS_OF: case OPT_PLACEMENT: case OPT_SCOPE: case OPT_PLAN: good = judge_option(&o->judge, option, argument); break;
    default: good = engine_option(&o->setup, option, argument); break;
    }
    return good;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    *options = (options_t){.phrase = PASSPHRASE_UNSET, .setup = {.limits = limits_default(), .mode = "acceptance"}};
    for (int option; (option = getopt_long(argc, argv, "o:k:p:m:r:j:qh", long_options, NULL)) != -1;) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            exit(0);
        }
        if (option == '?')
            return false;
        if (!take_option(options, option, optarg)) {
            command_error("%s: not a value for this option", optarg != NULL ? optarg : "?");
            return false;
        }
    }
    options->setup.inputs      = (const char *const *)(argv + optind);
    options->setup.input_count = (size_t)(argc - optind);
    for (size_t i = 0, stdin_seen = 0; i < options->setup.input_count; i++) {
        stdin_seen += strcmp(options->setup.inputs[i], "-") == 0;
        if (stdin_seen > 1) {
            command_error("standard input can be scanned once only");
            return false;
        }
    }
    if (options->map != NULL && options->setup.input_count > 1 && !options->setup.joined) {
        command_error("a map belongs to one image: scan it alone, or join its segments by --split");
        return false;
    }
    return options->setup.input_count > 0;
}

/* ---- signing ----------------------------------------------------------------------------------------------------- */

static bool start_signer(const options_t *options, const char *path, signer_t *signer)
{
    passphrase_t phrase    = {0};
    bool         encrypted = false, given = passphrase_wanted(&options->phrase);
    char         why[512];
    if (given && !passphrase_get(&options->phrase, false, &phrase))
        return false;
    status_t status = signer_start(path, given ? &phrase : NULL, options->setup.reduced, signer, &encrypted, why, sizeof why);
    if (!status_ok(status) && encrypted && !given) {
        char prompt[300];
        (void)snprintf(prompt, sizeof prompt, "Passphrase of %.200s: ", path);
        if (status_ok(passphrase_from_terminal(prompt, false, &phrase)))
            status = signer_start(path, &phrase, options->setup.reduced, signer, &encrypted, why, sizeof why);
    }
    passphrase_forget(&phrase);
    if (!status_ok(status))
        command_error("%s: %s", path, why);
    return status_ok(status);
}

static status_t write_envelope(const options_t *options, const signer_t *signers, const report_t *report)
{
    dsse_signature_t signatures[KEYS_MAX]     = {0};
    char             keyids[KEYS_MAX][SHA256_HEX];
    dsse_envelope_t  envelope = {.payload_type = (char *)(uintptr_t)STATEMENT_PAYLOAD_TYPE, .signatures = signatures};
    buffer_t         json     = {0};
    status_t         status   = statement_write(report, &envelope.payload);
    for (size_t i = 0; status_ok(status) && i < options->key_count; i++) {
        signatures[i].keyid = keyids[i];
        status              = signer_sign(&signers[i], buffer_span(&envelope.payload), keyids[i], &signatures[i].bytes);
        envelope.count += status_ok(status);
    }
    if (status_ok(status))
        status = dsse_write(&envelope, &json);
    if (status_ok(status))
        status = output_write(options->output, buffer_span(&json));
    for (size_t i = 0; i < KEYS_MAX; i++)
        buffer_free(&signatures[i].bytes);
    buffer_free(&envelope.payload);
    buffer_free(&json);
    return status;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static const char *time_text(arena_t *arena, time_t when)
{
    struct tm utc;
    char      text[32];
    if (gmtime_r(&when, &utc) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return "";
    return arena_text(arena, span_from_text(text));
}

static const char *escaped(arena_t *arena, const char *text)
{
    buffer_t out = {0};
    escape_text(span_from_text(text), &out);
    const char *kept = arena_text(arena, buffer_span(&out));
    buffer_free(&out);
    return kept;
}

static void add_run_facts(report_t *report, time_t started)
{
    report_run_t *run  = arena_alloc(report->arena, sizeof *run);
    char          host[256] = "";
    const char   *user = getenv("USER");
    if (run == NULL)
        return;
    (void)gethostname(host, sizeof host - 1);
    *run        = (report_run_t){time_text(report->arena, started), time_text(report->arena, time(NULL)), escaped(report->arena, host),
                                 escaped(report->arena, user != NULL ? user : "")};
    report->run = run;
}

static int scan_and_write(options_t *options, const signer_t *signers)
{
    report_t *report  = NULL;
    char      why[1024];
    time_t    started = time(NULL);
    bool      show    = !options->quiet && isatty(STDERR_FILENO);
    options->setup.data = command_data_directory(options->data);
    if (options->setup.data == NULL)
        return EXIT_CODE_ERROR;
    if (show)
        options->setup.progress = progress_show;
    rescue_map_t map    = {0};
    status_t     status = options->map != NULL ? rescue_map_read(options->map, &map, why, sizeof why) : ok();
    if (!status_ok(status)) {
        command_error("%s: %s", options->map, why);
        return EXIT_CODE_ERROR;
    }
    if (options->map != NULL) {
        options->setup.unread        = map.unread;
        options->setup.unread_count  = map.count;
        options->setup.unread_digest = map.digest;
    }
    status = scan_run(&options->setup, &report, why, sizeof why);
    rescue_map_free(&map);
    if (show)
        progress_clear();
    if (!status_ok(status)) {
        command_error("%s", why);
        return EXIT_CODE_ERROR;
    }
    if (options->run_facts)
        add_run_facts(report, started);
    int code = command_judge(report, options->setup.data, &options->judge);
    if (code != EXIT_CODE_ERROR && options->output != NULL && !command_ok(write_envelope(options, signers, report), options->output))
        code = EXIT_CODE_ERROR;
    for (size_t i = 0; code != EXIT_CODE_ERROR && i < options->export_count; i++)
        if (!command_export(report, options->exports[i].format, options->exports[i].path))
            code = EXIT_CODE_ERROR;
    for (size_t i = 0; i < report->source_count; i++)
        if (report->sources[i].disabled != NULL)
            command_error("%s: left out, since they cannot be used:\n%s", report->sources[i].name, report->sources[i].disabled);
    bool to_stdout = options->output != NULL && strcmp(options->output, "-") == 0;
    if (code != EXIT_CODE_ERROR && !options->quiet)
        command_summary(report, to_stdout ? stderr : stdout);
    report_free(report);
    return code;
}

int command_scan(int argc, char **argv)
{
    options_t options;
    signer_t  signers[KEYS_MAX];
    size_t    started = 0;
    if (!read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_CODE_ERROR;
    }
    if (options.key_count > 0 && options.output == NULL) {
        command_error("a key signs a report: say where to write it, by --output");
        return EXIT_CODE_ERROR;
    }
    if (options.output != NULL && options.key_count == 0)
        command_error("no --key was given: the report will carry no signature");
    while (started < options.key_count && start_signer(&options, options.keys[started], &signers[started]))
        started++;
    int code = started == options.key_count ? scan_and_write(&options, signers) : EXIT_CODE_ERROR;
    while (started > 0)
        signer_stop(&signers[--started]);
    return code;
}
