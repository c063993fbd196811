/* Options that every command understands which runs the engine: workers, limits, sandbox. */
#ifndef ASSAY_CLI_ENGINE_OPTIONS_H
#define ASSAY_CLI_ENGINE_OPTIONS_H

#include "engine/coordinator.h"

enum { OPT_MEMORY = 512, OPT_TIME, OPT_JOB_TIME, OPT_DEPTH, OPT_RATIO, OPT_OUTPUT, OPT_WORK, OPT_SANDBOX };

/* Rows for getopt_long; 'j' takes an argument, too. */
#define ENGINE_LONG_OPTIONS                                                                                                        \
    {"jobs", required_argument, NULL, 'j'}, {"max-memory", required_argument, NULL, OPT_MEMORY}, {"max-time", required_argument, NULL, OPT_TIME}, \
    {"max-job-time", required_argument, NULL, OPT_JOB_TIME}, {"max-depth", required_argument, NULL, OPT_DEPTH},                    \
    {"max-ratio", required_argument, NULL, OPT_RATIO}, {"max-output", required_argument, NULL, OPT_OUTPUT},                        \
    {"work-dir", required_argument, NULL, OPT_WORK}, {"sandbox", required_argument, NULL, OPT_SANDBOX}

#define ENGINE_USAGE                                                                                                               \
    "  -j, --jobs N             workers (default: one for each processor)\n"                                                       \
    "      --max-memory SIZE    of all processes together, like 512M or 2G (default 2G)\n"                                         \
    "      --max-time SECONDS   of the whole scan (default 3600; 0: none); --max-job-time of one blob (default 300)\n"             \
    "      --max-depth N        containers in containers (default 32)\n"                                                           \
    "      --max-ratio N        decoded bytes for each byte of a blob (default 1100)\n"                                            \
    "      --max-output SIZE    decoded bytes of the whole scan (default 64G)\n"

/* Takes one of these options; false when it is none of them, or the argument is no value for it. */
bool engine_option(scan_setup_t *setup, int option, const char *argument);

#endif
