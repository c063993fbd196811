/* assay index: keeps an index of the reports below a directory. */
#include "cli/command.h"

#include "cli/fleet_path.h"
#include "report/fleet.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: assay index DIR [--index FILE] [--quiet]\n"
    "\n"
    "Reads the reports below DIR (files *.json) that are new or have changed into an index, and forgets those that\n"
    "are gone. What is no report of ours is named and left out. The index is a SQLite file, DIR/" FLEET_FILE " unless said otherwise; it can be removed and made anew at any time.\n"
    "\n"
    "      --index FILE   the index\n"
    "  -q, --quiet        only what could not be read\n"
    "  -h, --help         this text\n"
    "exit status: 0 all reports are in the index, 1 some files are none or cannot be read, 2 error\n";

enum { DEPTH_MAX = 64 };

typedef struct { fleet_t *fleet; size_t read, unchanged, skipped; bool failed; } walk_t;

static bool is_report_name(const char *name)
{
    size_t size = strlen(name);
    return size > 5 && strcmp(name + size - 5, ".json") == 0;
}

static void skip(walk_t *walk, const char *path, const char *why)
{
    command_error("%s: left out: %s", path, why);
    walk->skipped++;
}

static void take_file(walk_t *walk, const char *path, const struct stat *status)
{
    char          why[REPORT_WHY];
    report_file_t file;
    report_t     *report = NULL;
    fleet_stamp_t stamp  = {status->st_size, (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec};
    if (fleet_is_current(walk->fleet, path, &stamp)) {
        walk->unchanged++;
        return;
    }
    bool good = status_ok(report_file_read(path, &file, why)) && status_ok(reader_report(file.statement, &report, why));
    if (!good) {
        skip(walk, path, why);
        walk->failed = !command_ok(fleet_remove(walk->fleet, path), "index") || walk->failed;
    } else if (command_ok(fleet_put(walk->fleet, path, &stamp, report, file.is_signed), path)) {
        walk->read++;
    } else {
        walk->failed = true;
    }
    report_free(report);
    report_file_free(&file);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* Links are not followed: they could lead out of the directory, or in a circle. */
static void take_directory(walk_t *walk, const char *directory, unsigned depth)
{
    struct dirent **entries = NULL;
    int             count   = depth <= DEPTH_MAX ? scandir(directory, &entries, NULL, by_name) : -1;
    if (count < 0) {
        skip(walk, directory, depth <= DEPTH_MAX ? strerror(errno) : "nested too deeply");
        return;
    }
    for (int i = 0; i < count; i++) {
        char        path[PATH_MAX];
        struct stat status;
        const char *name = entries[i]->d_name;
        if (!walk->failed && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strncmp(name, FLEET_FILE, strlen(FLEET_FILE)) != 0) {
            if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
                skip(walk, directory, "a path in it is too long");
            else if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
                take_directory(walk, path, depth + 1);
            else if (is_report_name(name) && S_ISREG(status.st_mode))
                take_file(walk, path, &status);
        }
        free(entries[i]);
    }
    free(entries);
}

static bool still_there(void *context, const char *path)
{
    (void)context;
    return access(path, F_OK) == 0 || errno != ENOENT;
}

static int index_directory(const char *directory, const char *index, bool quiet)
{
    char     why[FLEET_WHY], real[PATH_MAX];
    walk_t   walk = {0};
    /* Absolute paths, so that the index is the same from wherever it is made. */
    if (realpath(directory, real) == NULL) {
        command_error("%s: %s", directory, strerror(errno));
        return EXIT_CODE_ERROR;
    }
    walk.fleet = fleet_open(index, true, why);
    if (walk.fleet == NULL) {
        command_error("%s: %s", index, why);
        return EXIT_CODE_ERROR;
    }
    take_directory(&walk, real, 0);
    int64_t gone = walk.failed ? 0 : fleet_prune(walk.fleet, still_there, NULL);
    if (!walk.failed && !quiet)
        (void)printf("%zu read, %zu unchanged, %lld gone, %zu left out; %llu reports in the index\n", walk.read, walk.unchanged, (long long)gone,
                     walk.skipped,
                     (unsigned long long)fleet_count(walk.fleet));
    fleet_close(walk.fleet);
    if (walk.failed || gone < 0 || !command_flush())
        return EXIT_CODE_ERROR;
    return walk.skipped > 0 ? EXIT_CODE_WRONG : EXIT_CODE_GOOD;
}

int command_index(int argc, char **argv)
{
    static const struct option longs[] = {{"index", required_argument, NULL, 'i'}, {"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL,
                                                                                                    'h'}, {0}};
    const char *index = NULL;
    bool        quiet = false;
    char        path[PATH_MAX];
    for (int c; (c = getopt_long(argc, argv, "qh", longs, NULL)) != -1;) {
        switch (c) {
        case 'i': index = optarg; break;
        case 'q': quiet = true; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("index", "unknown option");
        }
    }
    if (argc - optind != 1)
        return command_usage_error("index", "index takes one directory");
    if (index == NULL && snprintf(path, sizeof path, "%s/%s", argv[optind], FLEET_FILE) >= (int)sizeof path)
        return command_usage_error("index", "the path is too long");
    return index_directory(argv[optind], index != NULL ? index : path, quiet);
}
