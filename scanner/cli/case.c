/* assay case: the chain of custody. */
#include "cli/case_cli.h"

#include <string.h>

static const char usage[] =
    "usage: assay case init DIR --id CASE --key KEY --actor NAME --why TEXT\n"
    "       assay case add DIR --action ACTION [options] [FILE…]\n"
    "       assay case transfer DIR --to NAME [--key RECEIVER'S KEY] [options] [FILE…]\n"
    "       assay case log DIR [--json]\n"
    "       assay case verify DIR --key FILE… [--head N:SHA256] [--objects]\n"
    "       assay case export DIR --format dfxml|case [-o FILE]\n"
    "\n"
    "Keeps who handled which object when, why and with what, in a log that is only ever appended to: each entry is signed and names the digest of the\n"
    "one before. Every append prints the new head; keep it where the log is not, for a log that was cut shows only against a head.\n"
    "`assay case COMMAND --help` says more.\n";

static const struct { const char *name; int (*run)(int argc, char **argv); } commands[] = {
    {"init", case_append}, {"add", case_append}, {"transfer", case_append}, {"log", case_log}, {"verify", case_verify}, {"export", case_export},
};

int command_case(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs(usage, stdout);
        return command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    (void)fputs(usage, stderr);
    return EXIT_CODE_ERROR;
}
