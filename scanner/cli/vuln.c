/* assay vuln: known vulnerabilities of what a report names, from files that are already here. */
#include "cli/command.h"

#include "report/bill.h"
#include "report/vulnerabilities.h"
#include "base/file_digest.h"
#include "vulnerability/import.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PRODUCTS_MAX = 16, EXIT_CODE_UNDECIDED = 3 };

static const char usage[] =
    "usage: assay vuln import DB SOURCE...\n"
    "       assay vuln match REPORT --db DB [--format text|json|openvex] [-o FILE] [--fail-on LEVEL]... [--product NAME]...\n"
    "       assay vuln sources DB\n"
    "\n"
    "import reads vulnerability data that is already on this machine into an index: OSV (a zip or a directory), NVD (JSON 2.0), CISA's list of\n"
    "known exploited vulnerabilities, Debian's security tracker, CSAF (VEX) and OpenVEX; plain or compressed. A source of the same name is\n"
    "replaced. match looks the components of a report up. assay itself never uses the network.\n"
    "\n"
    "  -d, --db DB           the index\n"
    "  -f, --format FORMAT   text (default), json, or openvex\n"
    "  -o, --output FILE     where to; without it, and for '-', standard output\n"
    "      --fail-on LEVEL   exit with 1 when an open match is of this severity or above (low, medium, high, critical), or kev: known to be\n"
    "                        exploited; with 3 when only matches without a known severity are left to decide. May be given again\n"
    "      --product NAME    a further name by which VEX calls what was delivered; may be given again\n"
    "  -h, --help            this text\n"
    "exit status: 0 good, 1 --fail-on applies, 2 error, 3 something could not be read or decided\n";

typedef struct {
    const char *db, *format, *output;
    int         severity; /* SEVERITY_UNKNOWN: not asked for */
    bool        kev;
    const char *products[PRODUCTS_MAX];
    size_t      product_count;
} options_t;

static bool index_ok(status_t status, index_t *index, const char *about)
{
    if (status_ok(status))
        return true;
    if (index->why[0] == '\0' || status.code == STATUS_IO)
        return command_ok(status, about);
    command_error("%s: %s", about, index->why);
    return false;
}

/* ---- import ----------------------------------------------------------------------------------------------------------- */

static int import_one(index_t *index, const char *path, arena_t *arena)
{
    index_source_t source;
    index->why[0] = '\0';
    if (!index_ok(import_source(index, path, arena, &source), index, path))
        return EXIT_CODE_ERROR;
    (void)printf("%s\t%s\tof %s\t%" PRIu64 " entries\n", source.name, source.format != NULL ? source.format : "-",
                 source.date != NULL ? source.date : "-", source.entries);
    if (source.damaged == 0)
        return EXIT_CODE_GOOD;
    command_error("%s: %" PRIu64 " damaged, first: %s", path, source.damaged, source.damage);
    return EXIT_CODE_UNDECIDED;
}

static int import_all(const char *db, char **sources, int count)
{
    index_t  index;
    arena_t *arena = arena_new(SIZE_MAX);
    int      code  = arena != NULL && index_ok(index_create(db, &index), &index, db) ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    for (int i = 0; code != EXIT_CODE_ERROR && i < count; i++) {
        int one = import_one(&index, sources[i], arena);
        code    = one == EXIT_CODE_GOOD ? code : one;
    }
    if (arena != NULL)
        index_close(&index);
    arena_free(arena);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

/* ---- match ------------------------------------------------------------------------------------------------------------ */

static int exit_code_of(const options_t *o, const matches_t *matches)
{
    bool undecided = false;
    if (o->severity == SEVERITY_UNKNOWN && !o->kev)
        return EXIT_CODE_GOOD;
    for (size_t i = 0; i < matches->count; i++) {
        const vulnerability_match_t *m = &matches->items[i];
        if (m->closed)
            continue;
        if ((o->kev && m->exploited) || (o->severity != SEVERITY_UNKNOWN && m->severity >= o->severity))
            return EXIT_CODE_WRONG;
        undecided = undecided || (o->severity != SEVERITY_UNKNOWN && m->severity == SEVERITY_UNKNOWN);
    }
    return undecided ? EXIT_CODE_UNDECIDED : EXIT_CODE_GOOD;
}

static bool write_list(const options_t *o, const vulnerability_list_t *list)
{
    buffer_t out    = {0};
    status_t status = strcmp(o->format, "json") == 0      ? vulnerabilities_write_json(list, &out)
                      : strcmp(o->format, "openvex") == 0 ? vulnerabilities_write_openvex(list, &out)
                                                          : vulnerabilities_write_text(list, &out);
    bool     good   = command_ok(status, "matches") && command_put_output(o->output, &out);
    buffer_free(&out);
    return good;
}

static int match_and_write(const options_t *o, const report_t *report)
{
    index_t              index;
    matches_t            matches;
    char                 hex[SHA256_HEX];
    index_source_t      *sources = NULL;
    arena_t             *arena   = arena_new(SIZE_MAX);
    vulnerability_list_t list    = {.report = report, .matches = &matches, .index_digest = hex,
                                    .created = bill_time(report)};
    bool                 good    = arena != NULL && command_ok(file_digest_hex(o->db, hex), o->db) && index_ok(index_open(o->db, &index), &index, o->db);
    bool                 opened  = good;
    good = good && index_ok(index_sources(&index, arena, &sources, &list.source_count), &index, o->db);
    good = good && index_ok(vulnerabilities_match(&index, report, o->products, o->product_count, arena, &matches), &index, o->db);
    list.sources = sources;
    good         = good && write_list(o, &list);
    int code     = good ? exit_code_of(o, &matches) : EXIT_CODE_ERROR;
    if (opened)
        index_close(&index);
    arena_free(arena);
    return code;
}

static int match_file(const options_t *o, const char *path)
{
    report_file_t file;
    report_t     *report = command_open_report(path, &file);
    int           code   = report != NULL ? match_and_write(o, report) : EXIT_CODE_ERROR;
    report_free(report);
    report_file_free(&file);
    return code;
}

/* ---- sources ---------------------------------------------------------------------------------------------------------- */

static int list_sources(const char *db)
{
    index_t         index;
    index_source_t *sources = NULL;
    size_t          count   = 0;
    arena_t        *arena   = arena_new(SIZE_MAX);
    bool            opened  = arena != NULL && index_ok(index_open(db, &index), &index, db);
    bool            good    = opened && index_ok(index_sources(&index, arena, &sources, &count), &index, db);
    for (size_t i = 0; good && i < count; i++)
        (void)printf("%s\t%s\t%s\t%" PRIu64 " entries\t%" PRIu64 " damaged\tsha256 %s\n", sources[i].name,
                     sources[i].format != NULL ? sources[i].format : "-",
                     sources[i].date != NULL ? sources[i].date : "-", sources[i].entries, sources[i].damaged,
                     sources[i].sha256 != NULL ? sources[i].sha256 : "-");
    if (opened)
        index_close(&index);
    arena_free(arena);
    return good && command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

/* ---- options ---------------------------------------------------------------------------------------------------------- */

static bool take_level(options_t *o, const char *level)
{
    severity_t severity;
    if (strcmp(level, "kev") == 0)
        return o->kev = true;
    if (!severity_from(level, &severity) || severity == SEVERITY_INFO)
        return false;
    o->severity = o->severity == SEVERITY_UNKNOWN || (int)severity < o->severity ? (int)severity : o->severity;
    return true;
}

static bool is_format(const char *format) { return strcmp(format, "text") == 0 || strcmp(format, "json") == 0 || strcmp(format, "openvex") == 0; }

int command_vuln(int argc, char **argv)
{
    enum { FAIL_ON = 256, PRODUCT };
    static const struct option longs[] = {{"db", required_argument, NULL, 'd'}, {"format", required_argument, NULL, 'f'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"fail-on", required_argument, NULL, FAIL_ON}, {"product", required_argument, NULL, PRODUCT},
                                          {"help", no_argument, NULL, 'h'}, {0}};
    options_t o = {.format = "text", .output = "-", .severity = SEVERITY_UNKNOWN};
    for (int c; (c = getopt_long(argc, argv, "d:f:o:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'd': o.db = optarg; break;
        case 'f': o.format = optarg; break;
        case 'o': o.output = optarg; break;
        case FAIL_ON:
            if (!take_level(&o, optarg))
                return command_usage_error("vuln", "--fail-on is low, medium, high, critical or kev");
            break;
        case PRODUCT:
            if (o.product_count == PRODUCTS_MAX)
                return command_usage_error("vuln", "at most %d times --product", PRODUCTS_MAX);
            o.products[o.product_count++] = optarg;
            break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("vuln", "unknown option");
        }
    }
    const char *what = optind < argc ? argv[optind++] : "";
    if (!is_format(o.format))
        return command_usage_error("vuln", "--format is text, json or openvex");
    if (strcmp(what, "import") == 0 && argc - optind >= 2)
        return import_all(argv[optind], argv + optind + 1, argc - optind - 1);
    if (strcmp(what, "sources") == 0 && argc - optind == 1)
        return list_sources(argv[optind]);
    if (strcmp(what, "match") == 0 && argc - optind == 1 && o.db != NULL)
        return match_file(&o, argv[optind]);
    if (strcmp(what, "match") == 0 && o.db == NULL)
        return command_usage_error("vuln", "--db is missing");
    return command_usage_error("vuln", "vuln is import DB SOURCE..., match REPORT --db DB, or sources DB");
}
