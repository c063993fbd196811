/* assay extract: unpacks below one directory all that a scan can open. The formats are read by the same confined workers; what they
 * decode is written here, by cli/tree_writer.c. Nothing is judged: no rules, no knowledge base, no report. */
#include "cli/command.h"

#include "cli/engine_options.h"
#include "cli/progress.h"
#include "cli/tree_writer.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MISSING_SHOWN = 20 };

typedef struct {
    const char  *directory;
    bool         quiet, special;
    scan_setup_t setup;
} options_t;

static const char usage[] =
    "usage: assay extract [options] INPUT... -C DIR      (- is standard input)\n"
    "Unpacks what is in INPUT, and in that, below the new or empty directory DIR.\n"
    "  -C, --directory DIR      where to\n"
    "      --split              the inputs are the segments of one image, in this order\n"
    "      --deleted            also what is deleted, obsolete or unallocated\n"
    "      --preserve-special   keep set-user-ID, set-group-ID and sticky bits\n"
    ENGINE_USAGE
    "      --work-dir DIR       for what does not fit in memory (default: the directory of -C, in files without a name)\n"
    "      --sandbox reduced    go on where the kernel cannot confine parsers fully\n"
    "  -q, --quiet              no progress, no summary, no list of what is missing\n"
    "Layout: what is in NAME stands in NAME.extracted/; the rest is named as in a report. Names that had to change are in renamed.tsv.\n"
    "exit status: 0 all unpacked, 1 something is damaged, beyond a limit or cannot be written, or nothing could be opened, 2 error\n";

enum { OPT_SPECIAL = 256, OPT_SPLIT, OPT_DELETED };

static const struct option long_options[] = {
    {"directory", required_argument, NULL, 'C'}, {"preserve-special", no_argument, NULL, OPT_SPECIAL}, {"split", no_argument, NULL, OPT_SPLIT},
    {"deleted", no_argument, NULL, OPT_DELETED}, ENGINE_LONG_OPTIONS, {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
};

/* False: the program ends with *code. */
static bool read_options(int argc, char **argv, options_t *o, int *code)
{
    *o    = (options_t){.setup = {.limits = limits_default(), .mode = "lab"}};
    *code = EXIT_CODE_ERROR;
    for (int option; (option = getopt_long(argc, argv, "C:j:qh", long_options, NULL)) != -1;) {
        if (option == 'h') {
            *code = fputs(usage, stdout) >= 0 ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
            return false;
        }
        if (option == 'C') {
            o->directory = optarg;
        } else if (option == 'q') {
            o->quiet = true;
        } else if (option == OPT_SPECIAL) {
            o->special = true;
        } else if (option == OPT_SPLIT) {
            o->setup.joined = true;
        } else if (option == OPT_DELETED) {
            o->setup.limits.deleted = true;
        } else if (option == '?' || !engine_option(&o->setup, option, optarg)) {
            (void)command_usage_error("extract", "%s: not a value for this option, or no such option", option != '?' && optarg != NULL ? optarg : argv[optind - 1]);
            return false;
        }
    }
    o->setup.inputs      = (const char *const *)(argv + optind);
    o->setup.input_count = (size_t)(argc - optind);
    if (o->setup.input_count == 0 || o->directory == NULL)
        (void)command_usage_error("extract", "%s", o->directory == NULL ? "say where to, by -C DIR" : "say what to unpack");
    return o->setup.input_count > 0 && o->directory != NULL;
}

/* Is it something that keeps bytes from being unpacked? */
static bool says_missing(const report_finding_t *finding)
{
    return finding->kind == FINDING_DAMAGE || finding->kind == FINDING_LIMIT || strcmp(finding->rule, "worker-crash") == 0;
}

/* The findings that say what is missing; shown, the first of them, unless quiet. */
static size_t say_missing(const report_t *report, bool quiet)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const report_finding_t *finding = &report->findings[i];
        if (!says_missing(finding))
            continue;
        if (!quiet && count < MISSING_SHOWN)
            command_error("%s: %s", finding->artifact < report->artifact_count ? report->artifacts[finding->artifact].path : "-", finding->title);
        count++;
    }
    if (!quiet && count > MISSING_SHOWN)
        command_error("%zu more like these: `assay scan` shows all", count - MISSING_SHOWN);
    return count;
}

static void say_summary(const tree_tally_t *tally, size_t missing, const char *directory)
{
    (void)printf("Unpacked    %" PRIu64 " files, %" PRIu64 " directories, %" PRIu64 " symbolic links, %" PRIu64 " bytes, out of %" PRIu64 " containers\n", tally->files,
                 tally->directories, tally->links, tally->bytes, tally->containers);
    if (tally->specials > 0)
        (void)printf("Left out    %" PRIu64 " devices, pipes and sockets\n", tally->specials);
    if (tally->refused > 0)
        (void)printf("Left out    %" PRIu64 " that the file system cannot hold, or that are nested too deep\n", tally->refused);
    if (tally->renamed > 0)
        (void)printf("Renamed     %" PRIu64 ", see %s/renamed.tsv\n", tally->renamed, directory);
    if (missing > 0)
        (void)printf("Incomplete  %zu places are damaged or beyond a limit\n", missing);
}

static int unpack(options_t *o, tree_writer_t *writer)
{
    report_t *report = NULL;
    char      why[1024];
    bool      show = !o->quiet && isatty(STDERR_FILENO);
    o->setup.artifact         = tree_writer_put;
    o->setup.artifact_context = writer;
    if (show)
        o->setup.progress = progress_show;
    if (o->setup.work_directory == NULL)
        o->setup.work_directory = o->directory;
    status_t status = scan_run(&o->setup, &report, why, sizeof why);
    if (show)
        progress_clear();
    if (status_ok(status)) {
        status = tree_writer_finish(writer);
        status_print(status, why, sizeof why);
    }
    if (!status_ok(status)) {
        const char *where = tree_writer_where(writer);
        if (where[0] != '\0')
            command_error("%s/%s: %s", o->directory, where, why);
        else
            command_error("%s", why);
        report_free(report);
        return EXIT_CODE_ERROR;
    }
    const tree_tally_t *tally   = tree_writer_tally(writer);
    size_t              missing = say_missing(report, o->quiet);
    report_free(report);
    if (!o->quiet)
        say_summary(tally, missing, o->directory);
    if (tally->containers == 0)
        command_error("nothing in it could be opened");
    if (fflush(stdout) != 0)
        return EXIT_CODE_ERROR;
    return missing > 0 || tally->refused > 0 || tally->containers == 0 ? EXIT_CODE_WRONG : EXIT_CODE_GOOD;
}

int command_extract(int argc, char **argv)
{
    options_t      options;
    tree_writer_t *writer;
    int            code;
    if (!read_options(argc, argv, &options, &code))
        return code;
    if (!command_ok(tree_writer_new(options.directory, options.special, &writer), options.directory))
        return EXIT_CODE_ERROR;
    code = unpack(&options, writer);
    tree_writer_free(writer);
    return code;
}
