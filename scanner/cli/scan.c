/* assay scan: the main job. The signer is started before any input is opened. */
#include "cli/command.h"

#include "base/utf8.h"
#include "cli/engine_options.h"
#include "cli/progress.h"
#include "cli/rescue_map.h"
#include "cli/signing.h"
#include "report/attest.h"
#include "report/commitment.h"
#include "report/custody_file.h"
#include "report/output.h"
#include "report/statement.h"
#include "report/writers.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EXPORTS_MAX = 8 };

typedef struct {
    const char     *output, *data, *map, *case_directory;
    const char     *share, *tlp, *vsa, *scai;
    judge_options_t judge;
    signing_t       signing;
    struct { const char *format, *path; } exports[EXPORTS_MAX];
    size_t       export_count;
    bool         quiet, run_facts;
    scan_setup_t setup;
} options_t;

static const char usage[] =
    "usage: assay scan [options] INPUT...      (- is standard input)\n"
    "  -o, --output FILE        write the report, an in-toto statement in a DSSE envelope (- is standard output)\n"
    "  -k, --key FILE           sign with this private key; may be given again for a second signature\n"
    "                           (a file, or pkcs11:token=T;object=O?module-path=/usr/lib/….so for a key on a token)\n"
    "      --chain FILE         certificates of the key, its own first; for a second key a second time\n"
    "      --passphrase-file F  the passphrase of an encrypted key, or the PIN of a token, is the first line of F\n"
    "      --passphrase-fd N    or the first line from descriptor N\n"
    "      --share FILE         write a signed commitment as well, from which 'assay redact' makes files to share; its secret\n"
    "                           goes to FILE.secret, for its owner only\n"
    "      --share-key FILE     derive the secret from this key (64 hexadecimal digits) instead: then there is no FILE.secret\n"
    "      --tlp LABEL          sign the commitment as TLP 2.0 CLEAR, GREEN, AMBER, AMBER+STRICT or RED\n"
    "      --vsa FILE           write a SLSA verification summary, signed as well\n"
    "      --scai FILE          write a SCAI attribute report, signed as well\n"
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
    "      --case DIR           name the newest entry of this case (see 'assay case') in the report\n"
    "  -q, --quiet              no progress, no summary\n"
    "exit status: 0 accept, 1 reject, 2 error, 3 inconclusive, 4 conditional\n";

enum { OPT_PASSPHRASE = 256, OPT_PASSPHRASE_FD, OPT_FORMAT, OPT_DATA, OPT_RUN, OPT_SPLIT, OPT_MAP, OPT_SIMILAR, OPT_CHAIN, OPT_SHARE, OPT_SHARE_KEY, OPT_TLP,
       OPT_CASE, OPT_VSA, OPT_SCAI };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'}, {"key", required_argument, NULL, 'k'}, {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"passphrase-fd", required_argument, NULL, OPT_PASSPHRASE_FD},
    {"policy", required_argument, NULL, 'p'}, {"format", required_argument, NULL, OPT_FORMAT}, {"mode", required_argument, NULL, 'm'},
    {"rules", required_argument, NULL, 'r'}, {"data", required_argument, NULL, OPT_DATA}, {"run-facts", no_argument, NULL, OPT_RUN}, {"case", required_argument, NULL, OPT_CASE},
    {"split", no_argument, NULL, OPT_SPLIT}, {"map", required_argument, NULL, OPT_MAP}, {"similar", required_argument, NULL, OPT_SIMILAR},
    {"chain", required_argument, NULL, OPT_CHAIN}, {"share", required_argument, NULL, OPT_SHARE}, {"share-key", required_argument, NULL, OPT_SHARE_KEY},
    {"tlp", required_argument, NULL, OPT_TLP}, {"vsa", required_argument, NULL, OPT_VSA}, {"scai", required_argument, NULL, OPT_SCAI},
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
        good = o->signing.key_count < SIGNING_KEYS_MAX;
        if (good)
            o->signing.keys[o->signing.key_count++] = argument;
        break;
    case 'p': o->judge.policy = argument; break;
    case 'm':
        o->setup.mode = argument;
        good          = strcmp(argument, "acceptance") == 0 || strcmp(argument, "lab") == 0 || strcmp(argument, "ci") == 0;
        o->setup.limits.deleted = strcmp(argument, "lab") == 0;
        break;
    case 'r': o->setup.extra_rules = argument; break;
    case 'q': o->quiet = true; break;
    case OPT_CHAIN:
        good = o->signing.chain_count < SIGNING_KEYS_MAX;
        if (good)
            o->signing.chains[o->signing.chain_count++] = argument;
        break;
    case OPT_SHARE: o->share = argument; break;
    case OPT_SHARE_KEY: o->signing.share_key = argument; break;
    case OPT_TLP:
        o->tlp = argument;
        good   = tlp_rank(argument) >= 0;
        break;
    case OPT_VSA: o->vsa = argument; break;
    case OPT_SCAI: o->scai = argument; break;
    case OPT_PASSPHRASE: o->signing.phrase.file = argument; break;
    case OPT_PASSPHRASE_FD: good = passphrase_fd_from(argument, &o->signing.phrase); break;
    case OPT_FORMAT: good = add_export(o, argument); break;
    case OPT_DATA: o->data = argument; break;
    case OPT_RUN: o->run_facts = true; break;
    case OPT_CASE: o->case_directory = argument; break;
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
    *options = (options_t){.signing = {.phrase = PASSPHRASE_UNSET}, .setup = {.limits = limits_default(), .mode = "acceptance"}};
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

/* The report, and what is made and signed in the same run. */
static bool write_statements(const options_t *options, const report_t *report)
{
    buffer_t statement = {0}, vsa = {0}, scai = {0};
    char     now[32]   = "";
    time_t   seconds   = time(NULL);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    bool good = command_ok(statement_write(report, &statement), "report");
    good      = good && (options->share == NULL || signing_share(&options->signing, options->share, options->tlp, buffer_span(&statement)));
    good      = good && (options->output == NULL || signing_write(&options->signing, &statement, options->output));
    good      = good && (options->vsa == NULL || (command_ok(attest_vsa(report, now, &vsa), options->vsa) && signing_write(&options->signing, &vsa, options->vsa)));
    good      = good && (options->scai == NULL || (command_ok(attest_scai(report, &scai), options->scai) && signing_write(&options->signing, &scai, options->scai)));
    buffer_free(&statement);
    buffer_free(&vsa);
    buffer_free(&scai);
    return good;
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

/* The case's newest entry; its log is read without keys: `assay case verify` is for that. */
static bool name_case(const options_t *options, report_t *report)
{
    buffer_t       bytes = {0};
    custody_log_t  log   = {0};
    custody_head_t stored;
    bool           has_stored;
    report_case_t *named  = arena_alloc(report->arena, sizeof *named);
    status_t       status = custody_file_read(options->case_directory, &bytes, &stored, &has_stored);
    if (status_ok(status))
        status = custody_read(buffer_span(&bytes), NULL, 0, report->arena, &log);
    if (status_ok(status) && (named == NULL || log.count == 0 || !log.lines[log.count - 1].readable))
        status = status_fail(STATUS_INVALID, "case", 0, "its log has no entry that can be named: see `assay case verify`");
    if (status_ok(status)) {
        const custody_line_t *last = &log.lines[log.count - 1];
        char                  hex[SHA256_HEX];
        hex_encode(last->digest.bytes, SHA256_SIZE, hex);
        *named          = (report_case_t){last->entry.case_id, last->entry.seq, arena_text(report->arena, span_from_text(hex))};
        report->custody = named;
    }
    buffer_free(&bytes);
    return command_ok(status, options->case_directory);
}

static int scan_and_write(options_t *options)
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
    if (options->case_directory != NULL && !name_case(options, report)) {
        report_free(report);
        return EXIT_CODE_ERROR;
    }
    int code = command_judge(report, options->setup.data, &options->judge);
    if (code != EXIT_CODE_ERROR && !write_statements(options, report))
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

/* What the options ask for together. */
static bool options_hold(const options_t *options)
{
    bool writes = options->output != NULL || options->share != NULL || options->vsa != NULL || options->scai != NULL;
    if (options->signing.key_count > 0 && !writes) {
        command_error("a key signs a report: say where to write it, by --output");
        return false;
    }
    if ((options->share != NULL && options->signing.key_count == 0) || (options->share == NULL && (options->tlp != NULL || options->signing.share_key != NULL))) {
        command_error("--share signs a commitment: it needs --key, and --tlp and --share-key need --share");
        return false;
    }
    if (writes && options->signing.key_count == 0)
        command_error("no --key was given: the report will carry no signature");
    return true;
}

int command_scan(int argc, char **argv)
{
    options_t options;
    if (!read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_CODE_ERROR;
    }
    if (!options_hold(&options))
        return EXIT_CODE_ERROR;
    options.signing.reduced = options.setup.reduced;
    int code                = signing_start(&options.signing) ? scan_and_write(&options) : EXIT_CODE_ERROR;
    signing_stop(&options.signing);
    return code;
}
