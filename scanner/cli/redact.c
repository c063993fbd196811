#include "cli/command.h"

#include "base/canonical.h"
#include "cli/signing.h"
#include "report/disclosure.h"
#include "report/redact.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: assay redact REPORT --commitment FILE --secret FILE [--profile PROFILE] [--show PATH …] [--hide PATH …] -o FILE\n"
    "\n"
    "Writes a file that shows parts of a report and still verifies against the signature that was made with it (scan --share).\n"
    "What is withheld cannot be read, guessed or measured from it; verdict, coverage, limits and counts are always shown.\n"
    "\n"
    "  -c, --commitment FILE  the signed commitment that scan --share wrote\n"
    "  -s, --secret FILE      its secret: FILE.secret beside it; stays in the house\n"
    "      --share-key FILE   or the key that the secret was derived from (scan --share-key)\n"
    "  -p, --profile PROFILE  public, allied-summary, vendor-notice, partner-full, or a file: see corpus/sharing\n"
    "      --show PATH        show a leaf: section/field or section/number/field, * for any: findings/title, artifacts/17/path\n"
    "      --hide PATH        withhold one that the profile would show\n"
    "      --data DIR         where the profiles are (default: those that came with assay)\n"
    "  -o, --output FILE      where to write it (- is standard output)\n"
    "  -h, --help             this text\n";

typedef struct {
    const char *report, *commitment, *secret, *share_key, *output, *data, *profile;
    sharing_t   sharing;
} options_t;

static status_t secret_of(const options_t *options, span_t statement, sha256_t *secret)
{
    sha256_t key;
    if (options->secret != NULL)
        return key_load_secret(options->secret, secret);
    status_t status = key_load_secret(options->share_key, &key);
    if (status_ok(status))
        status = commitment_secret_from(&key, statement, secret);
    explicit_bzero(&key, sizeof key);
    return status;
}

/* A label that the signer put on the commitment bounds what may be made of it. */
static bool label_allows(const options_t *options, const commitment_t *commitment)
{
    if (commitment->tlp[0] == '\0' || options->sharing.tlp[0] == '\0' || tlp_rank(options->sharing.tlp) >= tlp_rank(commitment->tlp))
        return true;
    command_error("the commitment is signed as TLP:%s, and profile %s is made for TLP:%s: scan again with --tlp %s", commitment->tlp, options->sharing.id,
                  options->sharing.tlp, options->sharing.tlp);
    return false;
}

static int write_redacted(const options_t *options, report_file_t *full, report_file_t *bound)
{
    commitment_t commitment;
    sha256_t     secret = {{0}};
    buffer_free(&bound->bytes);
    if (full->envelope.payload.at != NULL)
        buffer_free(&full->bytes); /* the statement is the payload: the text around it has done its work */
    if (!command_ok(commitment_read(bound->statement, &commitment), options->commitment) || !label_allows(options, &commitment))
        return EXIT_CODE_ERROR;
    status_t status = json_check_canonical(full->statement);
    if (!command_ok(status, options->report))
        return EXIT_CODE_ERROR;
    status = secret_of(options, full->statement, &secret);
    bool good = command_ok(status, options->secret != NULL ? options->secret : options->share_key);
    buffer_free(&bound->envelope.disclosure);
    good = good && command_ok(redact_write(full->statement, &secret, &commitment, &options->sharing, &bound->envelope.disclosure), options->report);
    explicit_bzero(&secret, sizeof secret);
    buffer_free(&full->envelope.payload);
    return good && signing_write_envelope(&bound->envelope, options->output) ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

static int redact(const options_t *options)
{
    report_file_t full, bound = {0};
    char          why[REPORT_WHY];
    int           code   = EXIT_CODE_ERROR;
    status_t      status = report_file_read(options->report, &full, why);
    if (!status_ok(status))
        command_error("%s: %s", options->report, why);
    else if (!status_ok(report_file_read(options->commitment, &bound, why)))
        command_error("%s: %s", options->commitment, why);
    else if (bound.envelope.payload_type == NULL)
        command_error("%s: this is no signed commitment", options->commitment);
    else
        code = write_redacted(options, &full, &bound);
    report_file_free(&full);
    report_file_free(&bound);
    return code;
}

enum { SHARE_KEY = 256, SHOW, HIDE, DATA };

static bool take_option(options_t *options, int option, char *argument)
{
    switch (option) {
    case 'c': options->commitment = argument; return true;
    case 's': options->secret = argument; return true;
    case SHARE_KEY: options->share_key = argument; return true;
    case 'p': options->profile = argument; return true;
    case 'o': options->output = argument; return true;
    case DATA: options->data = argument; return true;
    case SHOW:
    case HIDE: return command_ok(sharing_add(&options->sharing, argument, option == SHOW), argument);
    default: (void)command_usage_error("redact", "unknown option"); return false;
    }
}

static int redact_with_options(int argc, char **argv, options_t *options, arena_t *arena)
{
    static const struct option longs[] = {
        {"commitment", required_argument, NULL, 'c'}, {"secret", required_argument, NULL, 's'}, {"share-key", required_argument, NULL, SHARE_KEY},
        {"profile", required_argument, NULL, 'p'}, {"show", required_argument, NULL, SHOW}, {"hide", required_argument, NULL, HIDE},
        {"data", required_argument, NULL, DATA}, {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "c:s:p:o:h", longs, NULL)) != -1;) {
        if (c == 'h') {
            (void)fputs(usage, stdout);
            return EXIT_CODE_GOOD;
        }
        if (!take_option(options, c, optarg))
            return EXIT_CODE_ERROR;
    }
    if (optind + 1 != argc)
        return command_usage_error("redact", "redact takes one report");
    if (options->commitment == NULL || (options->secret == NULL) == (options->share_key == NULL) || options->output == NULL)
        return command_usage_error("redact", "redact needs --commitment, one of --secret and --share-key, and --output");
    if (options->profile == NULL && options->sharing.show_count == 0)
        return command_usage_error("redact", "say what to show: --profile or --show");
    options->report = argv[optind];
    char why[SHARING_WHY];
    const char *data = options->profile != NULL ? command_data_directory(options->data) : "";
    if (data == NULL)
        return EXIT_CODE_ERROR;
    if (options->profile != NULL && !status_ok(sharing_load(options->profile, data, arena, &options->sharing, why))) {
        command_error("%s", why);
        return EXIT_CODE_ERROR;
    }
    return redact(options);
}

int command_redact(int argc, char **argv)
{
    options_t *options = calloc(1, sizeof *options);
    arena_t   *arena   = arena_new(SIZE_MAX);
    int        code    = options != NULL && arena != NULL ? redact_with_options(argc, argv, options, arena) : EXIT_CODE_ERROR;
    arena_free(arena);
    free(options);
    return code;
}
