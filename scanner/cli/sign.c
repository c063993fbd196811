/* assay sign: a witness's signature, certificates, time stamps. The payload is never touched. */
#include "cli/signing.h"

#include "base/canonical.h"
#include "base/json_walk.h"
#include "report/output.h"
#include "report/statement.h"
#include "report/timestamp.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
    "usage: assay sign REPORT [--key KEY …] [--chain FILE …] [--merge FILE] [--tsq FILE | --tsr FILE | --tsa-command CMD] [-o FILE]\n"
    "\n"
    "Adds to what stands beside a signed statement; the statement itself and the signatures that are there stay as they are.\n"
    "Whoever signs answers for what he signs: verify first, best by 'assay verify --rescan'.\n"
    "\n"
    "  -k, --key KEY            sign with this private key: a file, or a PKCS#11 URI; may be given again\n"
    "      --chain FILE         certificates of that key, its own first; for a second key a second time\n"
    "      --passphrase-file F  the passphrase of an encrypted key, or the PIN of a token, is the first line of F\n"
    "      --passphrase-fd N    or the first line from descriptor N\n"
    "      --merge FILE         take over the signatures of another file that signs the very same statement\n"
    "      --keyid ID           whose signature the time stamp is for (default: of --key, else the only one)\n"
    "      --tsq FILE           write a query for a time-stamp authority (RFC 3161) over the bytes of the signature\n"
    "      --tsr FILE           add the authority's answer to such a query\n"
    "      --tsa-command CMD    or have a shell command fetch it: query on its standard input, answer on its output\n"
    "  -o, --output FILE        where to write it (default: REPORT itself)\n"
    "  -h, --help               this text\n";

enum { ANSWER_MAX = 1 << 20 };

typedef struct {
    const char *report, *output, *merge, *keyid, *query, *answer, *command;
    bool        any;
    signing_t   signing;
} options_t;

/* ---- time stamps ------------------------------------------------------------------------------------------------------ */

static const dsse_signature_t *stamped_signature(const options_t *options, const dsse_envelope_t *envelope)
{
    const dsse_signature_t *found = NULL;
    if (options->keyid == NULL) /* what was added last, or the only one */
        found = envelope->count == 1 || (options->signing.key_count > 0 && envelope->count > 0) ? &envelope->signatures[envelope->count - 1] : NULL;
    for (size_t i = 0; options->keyid != NULL && i < envelope->count; i++)
        if (strcmp(envelope->signatures[i].keyid, options->keyid) == 0)
            found = &envelope->signatures[i];
    if (found == NULL)
        command_error("%s: %s", options->report, options->keyid != NULL ? "no signature has this keyid" : "say which of the signatures is to be stamped, by --keyid");
    return found;
}

/* Runs the operator's command. The query is far smaller than a pipe holds, so it is written before anything is read. */
static status_t run_command(const char *command, span_t query, buffer_t *answer)
{
    int to[2], from[2], code = -1;
    if (pipe(to) != 0 || pipe(from) != 0)
        return status_fail_io("tsa-command", "could not make a pipe");
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(to[0], STDIN_FILENO);
        (void)dup2(from[1], STDOUT_FILENO);
        (void)close(to[0]);
        (void)close(to[1]);
        (void)close(from[0]);
        (void)close(from[1]);
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    ssize_t written = child > 0 ? write(to[1], query.at, query.size) : -1;
    (void)close(to[1]);
    for (ssize_t got = 1; child > 0 && got > 0 && answer->size < ANSWER_MAX;) {
        uint8_t block[4096];
        got = read(from[0], block, sizeof block);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            buffer_append(answer, span_from(block, (size_t)got));
    }
    (void)close(from[0]);
    while (child > 0 && waitpid(child, &code, 0) < 0 && errno == EINTR) {}
    if (written != (ssize_t)query.size || code != 0)
        return status_fail(STATUS_IO, "tsa-command", 0, "the command failed");
    return answer->failed ? status_fail(STATUS_MEMORY, "tsa-command", 0, "out of memory") : ok();
}

static bool add_stamp(const options_t *options, dsse_envelope_t *envelope)
{
    if (options->query == NULL && options->answer == NULL && options->command == NULL)
        return true;
    const dsse_signature_t *signature = stamped_signature(options, envelope);
    buffer_t                query = {0}, answer = {0}, token = {0};
    if (signature == NULL)
        return false;
    span_t   bytes  = buffer_span(&signature->bytes);
    status_t status = options->answer != NULL ? input_read(options->answer, ANSWER_MAX, &answer) : timestamp_query(bytes, &query);
    if (status_ok(status) && options->query != NULL)
        status = output_write(options->query, buffer_span(&query));
    if (status_ok(status) && options->command != NULL)
        status = run_command(options->command, buffer_span(&query), &answer);
    if (status_ok(status) && options->query == NULL)
        status = timestamp_token(buffer_span(&answer), bytes, &token);
    if (status_ok(status) && options->query == NULL)
        status = dsse_add_extra(envelope, DSSE_TIMESTAMP, signature->keyid, buffer_span(&token));
    buffer_free(&query);
    buffer_free(&answer);
    buffer_free(&token);
    return command_ok(status, options->report);
}

/* ---- signatures of others --------------------------------------------------------------------------------------------- */

static bool merge(const options_t *options, dsse_envelope_t *envelope)
{
    report_file_t other;
    char          why[REPORT_WHY];
    status_t      status = report_file_read(options->merge, &other, why);
    bool          good   = status_ok(status);
    if (!good)
        command_error("%s: %s", options->merge, why);
    if (good && (other.envelope.payload_type == NULL || !span_equal(buffer_span(&other.envelope.payload), buffer_span(&envelope->payload)))) {
        command_error("%s: signs another statement than %s", options->merge, options->report);
        good = false;
    }
    for (size_t i = 0; good && i < other.envelope.count; i++)
        good = command_ok(dsse_put_signature(envelope, other.envelope.signatures[i].keyid, &other.envelope.signatures[i].bytes), options->merge);
    for (size_t i = 0; good && i < other.envelope.extra_count; i++) {
        const dsse_extra_t *extra = &other.envelope.extras[i];
        good = command_ok(dsse_add_extra(envelope, extra->kind, extra->keyid, buffer_span(&extra->der)), options->merge);
    }
    report_file_free(&other);
    return good;
}

/* The key signs in-toto statements only, and only what a strict reader understands in one way. */
static bool may_be_signed(const options_t *options, span_t statement)
{
    if (!command_ok(json_check_canonical(statement), options->report))
        return false;
    if (json_is(json_find(statement, "_type"), STATEMENT_TYPE))
        return true;
    command_error("%s: this is no in-toto Statement v1", options->report);
    return false;
}

static bool add_all(options_t *options, report_file_t *file)
{
    dsse_envelope_t *envelope = &file->envelope;
    if (!may_be_signed(options, file->statement))
        return false;
    if (envelope->payload_type == NULL) { /* a bare statement becomes an envelope */
        envelope->payload_type = strdup(STATEMENT_PAYLOAD_TYPE);
        envelope->payload      = file->bytes;
        file->bytes            = (buffer_t){0};
        if (envelope->payload_type == NULL)
            return false;
    }
    if (options->merge != NULL && !merge(options, envelope))
        return false;
    if (!command_ok(signing_add(&options->signing, envelope), options->report) || !add_stamp(options, envelope))
        return false;
    bool changes = options->signing.key_count > 0 || options->merge != NULL || options->answer != NULL || options->command != NULL;
    return !changes || signing_write_envelope(envelope, options->output);
}

static int sign(options_t *options)
{
    report_file_t file;
    char          why[REPORT_WHY];
    status_t      status = report_file_read(options->report, &file, why);
    if (!status_ok(status))
        command_error("%s: %s", options->report, why);
    bool good = status_ok(status) && add_all(options, &file);
    report_file_free(&file);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

/* ---- options ---------------------------------------------------------------------------------------------------------- */

enum { CHAIN = 256, PASS_FILE, PASS_FD, MERGE, KEYID, QUERY, ANSWER, COMMAND };

static bool put(const char **list, size_t *count, const char *argument)
{
    if (*count == SIGNING_KEYS_MAX) {
        (void)command_usage_error("sign", "at most %d keys at once", SIGNING_KEYS_MAX);
        return false;
    }
    list[(*count)++] = argument;
    return true;
}

static bool take_option(options_t *o, int option, const char *argument)
{
    o->any = o->any || (option != 'o' && option != PASS_FILE && option != PASS_FD && option != KEYID);
    switch (option) {
    case 'k': return put(o->signing.keys, &o->signing.key_count, argument);
    case CHAIN: return put(o->signing.chains, &o->signing.chain_count, argument);
    case 'o': o->output = argument; return true;
    case PASS_FILE: o->signing.phrase.file = argument; return true;
    case PASS_FD: return passphrase_fd_from(argument, &o->signing.phrase);
    case MERGE: o->merge = argument; return true;
    case KEYID: o->keyid = argument; return true;
    case QUERY: o->query = argument; return true;
    case ANSWER: o->answer = argument; return true;
    case COMMAND: o->command = argument; return true;
    default: (void)command_usage_error("sign", "unknown option"); return false;
    }
}

int command_sign(int argc, char **argv)
{
    static const struct option longs[] = {
        {"key", required_argument, NULL, 'k'}, {"chain", required_argument, NULL, CHAIN}, {"passphrase-file", required_argument, NULL, PASS_FILE},
        {"passphrase-fd", required_argument, NULL, PASS_FD}, {"merge", required_argument, NULL, MERGE}, {"keyid", required_argument, NULL, KEYID},
        {"tsq", required_argument, NULL, QUERY}, {"tsr", required_argument, NULL, ANSWER}, {"tsa-command", required_argument, NULL, COMMAND},
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {.signing = {.phrase = PASSPHRASE_UNSET}};
    for (int c; (c = getopt_long(argc, argv, "k:o:h", longs, NULL)) != -1;) {
        if (c == 'h') {
            (void)fputs(usage, stdout);
            return EXIT_CODE_GOOD;
        }
        if (!take_option(&options, c, optarg))
            return EXIT_CODE_ERROR;
    }
    if (optind + 1 != argc)
        return command_usage_error("sign", "sign takes one report");
    if (!options.any)
        return command_usage_error("sign", "say what to add: --key, --merge, --tsq, --tsr or --tsa-command");
    if ((options.query != NULL) + (options.answer != NULL) + (options.command != NULL) > 1)
        return command_usage_error("sign", "--tsq, --tsr and --tsa-command exclude each other");
    options.report = argv[optind];
    if (options.output == NULL)
        options.output = options.report;
    int code = signing_start(&options.signing) ? sign(&options) : EXIT_CODE_ERROR;
    signing_stop(&options.signing);
    return code;
}
