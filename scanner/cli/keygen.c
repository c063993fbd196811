#include "cli/command.h"

#include "report/dsse.h"
#include "report/output.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char usage[] =
    "usage: assay keygen FILE [--passphrase | --passphrase-file F | --passphrase-fd N]\n"
    "\n"
    "Makes an Ed25519 key for signing reports: the private key in FILE, for its owner only, the public key in FILE.pub.\n"
    "Existing files are never overwritten. Prints the key's id.\n"
    "\n"
    "  -o, --output FILE        the same as FILE alone\n"
    "      --passphrase         ask for a passphrase and encrypt the private key with it\n"
    "      --passphrase-file F  the first line of F is the passphrase\n"
    "      --passphrase-fd N    the first line from descriptor N is the passphrase\n"
    "  -h, --help               this text\n";

typedef struct { const char *output; passphrase_source_t phrase; } options_t;

static int write_key(const options_t *options, EVP_PKEY *key, const passphrase_t *phrase)
{
    char     public_path[PATH_MAX], keyid[SHA256_HEX];
    buffer_t private_pem = {0}, public_pem = {0};
    if (snprintf(public_path, sizeof public_path, "%s.pub", options->output) >= (int)sizeof public_path)
        return command_usage_error("keygen", "the name of the file is too long");
    if (access(public_path, F_OK) == 0) {
        command_error("%s exists and is not overwritten", public_path);
        return EXIT_CODE_ERROR;
    }
    status_t status = dsse_keyid(key, keyid);
    if (status_ok(status))
        status = key_to_private_pem(key, phrase, &private_pem);
    if (status_ok(status))
        status = key_to_public_pem(key, &public_pem);
    if (status_ok(status))
        status = output_write_secret(options->output, buffer_span(&private_pem));
    if (status_ok(status))
        status = output_write(public_path, buffer_span(&public_pem));
    if (private_pem.at != NULL)
        explicit_bzero(private_pem.at, private_pem.size);
    buffer_free(&private_pem);
    buffer_free(&public_pem);
    if (!command_ok(status, options->output))
        return EXIT_CODE_ERROR;
    (void)printf("%s\n", keyid);
    return command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

int command_keygen(int argc, char **argv)
{
    enum { ASK = 256, FROM_FILE, FROM_FD };
    static const struct option longs[] = {
        {"output", required_argument, NULL, 'o'}, {"passphrase", no_argument, NULL, ASK}, {"passphrase-file", required_argument, NULL, FROM_FILE},
        {"passphrase-fd", required_argument, NULL, FROM_FD}, {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {.phrase = PASSPHRASE_UNSET};
    for (int c; (c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'o': options.output = optarg; break;
        case ASK: options.phrase.ask = true; break;
        case FROM_FILE: options.phrase.file = optarg; break;
        case FROM_FD:
            if (!passphrase_fd_from(optarg, &options.phrase))
                return EXIT_CODE_ERROR;
            break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("keygen", "unknown option");
        }
    }
    if (options.output == NULL && optind < argc)
        options.output = argv[optind++];
    if (options.output == NULL || optind != argc)
        return command_usage_error("keygen", options.output == NULL ? "where should the key go?" : "keygen makes one key");
    passphrase_t phrase = {0};
    bool         wanted = passphrase_wanted(&options.phrase);
    EVP_PKEY    *key;
    if (wanted && !passphrase_get(&options.phrase, true, &phrase))
        return EXIT_CODE_ERROR;
    int code = command_ok(key_generate(&key), "keygen") ? write_key(&options, key, wanted ? &phrase : NULL) : EXIT_CODE_ERROR;
    if (code == EXIT_CODE_GOOD && !wanted)
        command_error("the private key in %s is not encrypted", options.output);
    passphrase_forget(&phrase);
    EVP_PKEY_free(key);
    return code;
}
