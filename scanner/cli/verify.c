#include "cli/command.h"

#include "report/dsse.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: assay verify REPORT --key FILE [--key FILE …] [--threshold N] [--input FILE …]\n"
    "\n"
    "Checks that a report was signed with a key, that it is a sound report, and that it speaks of given files.\n"
    "Exit code 0: all of it holds; 1: a signature or a file does not; 2: it could not be checked.\n"
    "\n"
    "  -k, --key FILE      a public key (PEM), or a certificate whose key is used; may be given several times\n"
    "  -t, --threshold N   how many of the keys must have signed; without it all of them\n"
    "  -i, --input FILE    a file that must be one of those the report speaks of; may be given several times\n"
    "  -h, --help          this text\n";

enum { KEYS_MAX = 64, HASH_STEP = 1 << 20 };

typedef struct {
    const char *report;
    EVP_PKEY   *keys[KEYS_MAX];
    size_t      key_count, threshold;
    char      **inputs; /* borrowed */
    size_t      input_count;
} options_t;

static status_t hash_file(const char *path, sha256_t *sha256, sha512_t *sha512, uint64_t *size)
{
    hasher_t *hasher = hasher_new(true);
    uint8_t  *block  = malloc(HASH_STEP);
    int       fd     = open(path, O_RDONLY | O_CLOEXEC);
    status_t  status = hasher == NULL || block == NULL ? status_fail(STATUS_MEMORY, "input", 0, "out of memory") : fd < 0 ? status_fail_io("input", "cannot open") : ok();
    *size            = 0;
    while (status_ok(status)) {
        ssize_t got = read(fd, block, HASH_STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = status_fail_io("input", "cannot read");
        if (got <= 0)
            break;
        *size += (uint64_t)got;
        status = hasher_add(hasher, span_from(block, (size_t)got));
    }
    if (status_ok(status))
        status = hasher_finish(hasher, sha256, sha512);
    if (fd >= 0)
        (void)close(fd);
    free(block);
    hasher_free(hasher);
    return status;
}

static int check_input(const char *path, const report_t *report)
{
    sha256_t sha256;
    sha512_t sha512;
    uint64_t size;
    if (!command_ok(hash_file(path, &sha256, &sha512, &size), path))
        return EXIT_CODE_ERROR;
    for (size_t i = 0; i < report->input_count; i++) {
        const report_input_t *input = &report->inputs[i];
        if (sha256_equal(&sha256, &input->sha256) && memcmp(&sha512, &input->sha512, sizeof sha512) == 0 && size == input->size)
            return EXIT_CODE_GOOD;
    }
    command_error("%s: the report does not speak of this file", path);
    return EXIT_CODE_WRONG;
}

static int check_inputs(const options_t *options, const report_t *report)
{
    int code = EXIT_CODE_GOOD;
    for (size_t i = 0; i < options->input_count; i++) {
        int one = check_input(options->inputs[i], report);
        code    = one > code ? one : code;
    }
    return code;
}

static int check_signatures(const options_t *options, const report_file_t *file)
{
    if (!file->is_signed) {
        command_error("%s: not signed", options->report);
        return EXIT_CODE_WRONG;
    }
    size_t needed = options->threshold > 0 ? options->threshold : options->key_count;
    size_t found  = dsse_verify(&file->envelope, options->keys, options->key_count, NULL);
    if (found >= needed)
        return EXIT_CODE_GOOD;
    command_error("%s: NOT verified: %zu of the %zu keys given have signed it, %zu are needed", options->report, found, options->key_count, needed);
    return EXIT_CODE_WRONG;
}

static int verify(const options_t *options)
{
    report_file_t file;
    report_t     *report = NULL;
    char          why[REPORT_WHY];
    int           code   = EXIT_CODE_ERROR;
    status_t      status = report_file_read(options->report, &file, why);
    if (status_ok(status))
        code = check_signatures(options, &file);
    if (code == EXIT_CODE_GOOD) {
        status = reader_report(file.statement, &report, why);
        code   = status_ok(status) ? check_inputs(options, report) : EXIT_CODE_ERROR;
    }
    if (!status_ok(status))
        command_error("%s: %s", options->report, why);
    if (code == EXIT_CODE_GOOD)
        (void)printf("%s: verified: %zu signature%s, %zu of %zu input%s compared, verdict %s%s%s\n", options->report, file.envelope.count,
                     file.envelope.count == 1 ? "" : "s", options->input_count, report->input_count, report->input_count == 1 ? "" : "s",
                     verdict_name(report->verdict.result), report->verdict.policy != NULL ? " by policy " : " without a policy",
                     report->verdict.policy != NULL ? report->verdict.policy : "");
    report_free(report);
    report_file_free(&file);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

static bool add_key(options_t *options, const char *path)
{
    if (options->key_count == KEYS_MAX) {
        command_error("more than %d keys", KEYS_MAX);
        return false;
    }
    EVP_PKEY *key = command_public_key(path);
    if (key == NULL)
        return false;
    for (size_t i = 0; i < options->key_count; i++)
        if (EVP_PKEY_eq(options->keys[i], key) == 1) { /* the same key twice is one signer */
            EVP_PKEY_free(key);
            return true;
        }
    options->keys[options->key_count++] = key;
    return true;
}

static bool threshold_from(const char *text, options_t *options)
{
    char         *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '1' || *text > '9' || *end != '\0' || value > KEYS_MAX) {
        (void)command_usage_error("verify", "--threshold takes a number from 1 to %d", KEYS_MAX);
        return false;
    }
    options->threshold = value;
    return true;
}

static int verify_with_options(int argc, char **argv, options_t *options)
{
    static const struct option longs[] = {
        {"key", required_argument, NULL, 'k'}, {"threshold", required_argument, NULL, 't'}, {"input", required_argument, NULL, 'i'}, {"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "k:t:i:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'k':
            if (!add_key(options, optarg))
                return EXIT_CODE_ERROR;
            break;
        case 't':
            if (!threshold_from(optarg, options))
                return EXIT_CODE_ERROR;
            break;
        case 'i': options->inputs[options->input_count++] = optarg; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("verify", "unknown option");
        }
    }
    if (optind + 1 != argc)
        return command_usage_error("verify", "verify takes one report");
    if (options->key_count == 0)
        return command_usage_error("verify", "--key is missing: whose signature should it be?");
    if (options->threshold > options->key_count)
        return command_usage_error("verify", "--threshold asks for more keys than are given");
    options->report = argv[optind];
    return verify(options);
}

int command_verify(int argc, char **argv)
{
    options_t options = {.inputs = calloc((size_t)argc + 1, sizeof *options.inputs)};
    int       code    = options.inputs != NULL ? verify_with_options(argc, argv, &options) : EXIT_CODE_ERROR;
    for (size_t i = 0; i < options.key_count; i++)
        EVP_PKEY_free(options.keys[i]);
    free(options.inputs);
    return code;
}
