/* assay find: asks the index that assay index keeps. */
#include "cli/command.h"

#include "base/json.h"
#include "base/utf8.h"
#include "cli/fleet_path.h"
#include "report/fleet.h"

#include <getopt.h>
#include <string.h>

static const char usage[] =
    "usage: assay find TERM … [--index FILE] [--json]\n"
    "\n"
    "Says in which reports of an index (see assay index) all terms are met, and where the first one is:\n"
    "  component:NAME[@VERSION]   vendor:ID   sha256:HEX   finding:RULE or finding:ID   verdict:RESULT\n"
    "  path:PATH                  the end of a path (path:bin/busybox), or with * and ? a pattern for the whole path\n"
    "\n"
    "      --index FILE   the index (default: " FLEET_FILE " here)\n"
    "      --json         one JSON object a line\n"
    "  -h, --help         this text\n"
    "exit status: 0 found, 1 nothing found, 2 error\n";

typedef struct { bool json, failed; size_t count; } printing_t;

/* What stands in a report is escaped; the name of its file, here, is not yet. */
static bool print_escaped(printing_t *printing, const fleet_hit_t *hit, const char *report)
{
    if (!printing->json)
        return printf("%s\t%s\t%s\t%s\n", report, hit->verdict, hit->what, hit->where != NULL ? hit->where : hit->input) >= 0;
    json_writer_t w = {0};
    json_begin_object(&w);
    json_member_text(&w, "input", hit->input);
    json_member_text(&w, "report", report);
    json_member_text(&w, "verdict", hit->verdict);
    json_member_text(&w, "what", hit->what);
    json_member_text_if(&w, "where", hit->where);
    json_end_object(&w);
    bool good = status_ok(json_finish(&w)) && printf("%.*s\n", (int)w.out.size, (const char *)w.out.at) >= 0;
    json_free(&w);
    return good;
}

static bool print_hit(void *context, const fleet_hit_t *hit)
{
    printing_t *printing = context;
    buffer_t    report   = {0};
    escape_text(span_from_text(hit->report), &report);
    buffer_append_byte(&report, 0);
    printing->count++;
    printing->failed = report.failed || !print_escaped(printing, hit, (const char *)report.at);
    buffer_free(&report);
    return !printing->failed;
}

int command_find(int argc, char **argv)
{
    static const struct option longs[] = {{"index", required_argument, NULL, 'i'}, {"json", no_argument, NULL, 'J'}, {"help", no_argument, NULL,
                                                                                                    'h'}, {0}};
    const char *index    = FLEET_FILE;
    printing_t  printing = {0};
    char        why[FLEET_WHY];
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        switch (c) {
        case 'i': index = optarg; break;
        case 'J': printing.json = true; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("find", "unknown option");
        }
    }
    if (optind == argc)
        return command_usage_error("find", "find takes terms like component:openssl@1.0.2k");
    fleet_t *fleet = fleet_open(index, false, why);
    if (fleet == NULL) {
        command_error("%s: %s", index, why);
        return EXIT_CODE_ERROR;
    }
    status_t status = fleet_find(fleet, (const char *const *)(argv + optind), (size_t)(argc - optind), print_hit, &printing, why);
    fleet_close(fleet);
    if (!status_ok(status) || printing.failed)
        command_error("%s", status_ok(status) ? "cannot write what was found" : why);
    if (!status_ok(status) || printing.failed || !command_flush())
        return EXIT_CODE_ERROR;
    return printing.count > 0 ? EXIT_CODE_GOOD : EXIT_CODE_WRONG;
}
