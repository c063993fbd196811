#include "cli/command.h"

#include "base/canonical.h"
#include "base/file_digest.h"
#include "base/json_walk.h"
#include "base/utf8.h"
#include "cli/rescan.h"
#include "report/chain.h"
#include "report/disclosure.h"
#include "report/statement.h"
#include "report/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: assay verify REPORT {--key FILE … | --ca FILE} [--threshold N] [--input FILE …] [--rescan] [options]\n"
    "\n"
    "Checks that a report, or a redacted one, was signed by whom you trust, is sound, and speaks of given files.\n"
    "\n"
    "  -k, --key FILE         a public key (PEM), or a certificate whose key is used; may be given several times\n"
    "      --ca FILE          trust keys whose certificates, carried by the report, lead to one of these (PEM)\n"
    "      --crl FILE         revocation lists (PEM): then every certificate of a chain needs a current one\n"
    "      --tsa-ca FILE      trust time stamps of authorities whose certificates lead to one of these (PEM)\n"
    "  -t, --threshold N      how many different keys must have signed; without it all that are given, or one by --ca\n"
    "  -i, --input FILE       a file that must be one of those the report speaks of; may be given several times\n"
    "      --not-before TIME  refuse a report that is older (2026-11-24 or 2026-11-24T09:00:00Z): a replayed one\n"
    "      --rescan           scan the inputs again: the report must come out byte for byte\n"
    "      --data DIR, --rules DIR, --policy P, --split   for --rescan, as for scan\n"
    "  -h, --help             this text\n"
    "\n"
    "exit status: 0 all of it holds; 2 it could not be checked; 10 not signed; 11 bad signature; 12 unknown key;\n"
    "13 certificate expired; 14 revoked; 15 certificate not trusted; 16 wrong subject; 17 altered artifact; 18 replayed;\n"
    "19 unknown predicate; 20 bad time stamp; 21 what is disclosed is not what was signed; 22 rescan differs; 23 too few signers\n";

enum { KEYS_MAX = 64 };

typedef enum {
    VERIFY_NOT_SIGNED = 10, VERIFY_BAD_SIGNATURE, VERIFY_UNKNOWN_KEY, VERIFY_EXPIRED, VERIFY_REVOKED, VERIFY_UNTRUSTED, VERIFY_WRONG_SUBJECT,
    VERIFY_ALTERED, VERIFY_REPLAYED, VERIFY_UNKNOWN_PREDICATE, VERIFY_BAD_TIMESTAMP, VERIFY_BAD_DISCLOSURE, VERIFY_DIFFERS, VERIFY_TOO_FEW
} verify_code_t;

typedef struct {
    const char *report, *ca, *crl, *tsa_ca;
    EVP_PKEY   *keys[KEYS_MAX];
    size_t      key_count, given_keys, threshold; /* keys: those given, then those of trusted certificates */
    char      **inputs; /* borrowed */
    size_t      input_count;
    bool        has_not_before, rescan;
    time_t      not_before, stamped; /* stamped: the earliest valid time stamp; 0: there is none */
    rescan_t    again;
} options_t;

static int no(const options_t *options, verify_code_t code, const char *what)
{
    command_error("%s: NOT verified: %s", options->report, what);
    return (int)code;
}

static void time_text(time_t when, char text[32])
{
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&when, &utc) != NULL)
        (void)strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* ---- time stamps ------------------------------------------------------------------------------------------------------ */

static const dsse_signature_t *signature_of(const dsse_envelope_t *envelope, const char *keyid)
{
    for (size_t i = 0; i < envelope->count; i++)
        if (strcmp(envelope->signatures[i].keyid, keyid) == 0)
            return &envelope->signatures[i];
    return NULL;
}

static int check_timestamps(options_t *options, const dsse_envelope_t *envelope)
{
    bool any = false;
    for (size_t i = 0; options->tsa_ca != NULL && i < envelope->extra_count; i++) {
        const dsse_extra_t     *extra     = &envelope->extras[i];
        const dsse_signature_t *signature = extra->kind == DSSE_TIMESTAMP ? signature_of(envelope, extra->keyid) : NULL;
        time_t                  when;
        bool                    expired;
        char                    text[32];
        if (extra->kind != DSSE_TIMESTAMP)
            continue;
        if (signature == NULL || !status_ok(timestamp_check(buffer_span(&extra->der), buffer_span(&signature->bytes), options->tsa_ca, &when, &expired)))
            return no(options, VERIFY_BAD_TIMESTAMP, "a time stamp is over other bytes than a signature here, or by no authority that is trusted");
        time_text(when, text);
        if (expired)
            command_error("%s: the time stamp of %s was valid at that moment; the authority's certificate has expired since", options->report, text);
        if (!any || when < options->stamped)
            options->stamped = when;
        any = true;
    }
    return options->tsa_ca == NULL || any ? EXIT_CODE_GOOD : no(options, VERIFY_BAD_TIMESTAMP, "it carries no time stamp");
}

/* ---- keys and certificates -------------------------------------------------------------------------------------------- */

static const struct { verify_code_t code; const char *what; } chain_codes[] = {
    [CHAIN_ABSENT]       = {VERIFY_UNKNOWN_KEY, "unknown key: the report carries no certificate of it"},
    [CHAIN_UNTRUSTED]    = {VERIFY_UNTRUSTED, "the certificate does not lead to one that is trusted"},
    [CHAIN_EXPIRED]      = {VERIFY_EXPIRED, "a certificate of the chain was not valid at the time of the signature"},
    [CHAIN_REVOKED]      = {VERIFY_REVOKED, "a certificate of the chain is revoked"},
    [CHAIN_NO_CRL]       = {VERIFY_UNTRUSTED, "no current revocation list covers the chain"},
    [CHAIN_NOT_FOR_THIS] = {VERIFY_UNTRUSTED, "the certificate is not for signatures"},
};

/* The keys of certificates that lead to an anchor join those that were given. The worst that was met is the answer when none does. */
static int trust_certificates(options_t *options, const dsse_envelope_t *envelope)
{
    X509_STORE *store = NULL;
    int         code  = EXIT_CODE_GOOD;
    if (options->ca == NULL)
        return code;
    if (!command_ok(chain_store(options->ca, options->crl, &store), options->ca))
        return EXIT_CODE_ERROR;
    size_t before = options->key_count;
    for (size_t i = 0; i < envelope->count && options->key_count < KEYS_MAX; i++) {
        EVP_PKEY      *key;
        const char    *why;
        buffer_t       subject = {0};
        time_t         at      = options->stamped != 0 ? options->stamped : time(NULL);
        chain_result_t result  = chain_check(envelope, envelope->signatures[i].keyid, store, at, &key, &subject, &why);
        if (result == CHAIN_GOOD) {
            options->keys[options->key_count++] = key;
            command_error("%s: signed by the key of %.*s", options->report, (int)subject.size, (const char *)subject.at);
        } else {
            char what[256];
            (void)snprintf(what, sizeof what, "%s%s%s", chain_codes[result].what, why[0] != '\0' ? ": " : "", why);
            int one = options->key_count == before ? no(options, chain_codes[result].code, what) : EXIT_CODE_GOOD;
            code    = code == EXIT_CODE_GOOD ? one : code;
        }
        buffer_free(&subject);
    }
    X509_STORE_free(store);
    return options->key_count > 0 ? EXIT_CODE_GOOD : code;
}

/* Not enough keys have signed: why not, as far as the keyids, which prove nothing, let one say. */
static int explain(const options_t *options, const dsse_envelope_t *envelope, const bool *stands, size_t found, size_t needed)
{
    char what[160];
    (void)snprintf(what, sizeof what, "%zu of the %zu keys trusted have signed it, %zu are needed", found, options->key_count, needed);
    for (size_t k = 0; k < options->key_count; k++) {
        char keyid[SHA256_HEX];
        if (!stands[k] && status_ok(dsse_keyid(options->keys[k], keyid)) && signature_of(envelope, keyid) != NULL)
            return no(options, VERIFY_BAD_SIGNATURE, "bad signature: it is said to be by a key that is trusted, and is not, or not over this");
    }
    if (found > 0)
        return no(options, VERIFY_TOO_FEW, what);
    command_error("%s: unknown key: none of its signatures names a key that is trusted", options->report);
    return no(options, VERIFY_UNKNOWN_KEY, what);
}

static int check_signatures(options_t *options, const report_file_t *file)
{
    bool stands[KEYS_MAX] = {false};
    if (!file->is_signed)
        return no(options, VERIFY_NOT_SIGNED, "it is not signed");
    int code = check_timestamps(options, &file->envelope);
    if (code == EXIT_CODE_GOOD)
        code = trust_certificates(options, &file->envelope);
    if (code != EXIT_CODE_GOOD)
        return code;
    size_t needed = options->threshold > 0 ? options->threshold : options->given_keys > 0 ? options->given_keys : 1;
    size_t found  = dsse_verify(&file->envelope, options->keys, options->key_count, stands);
    return found >= needed ? EXIT_CODE_GOOD : explain(options, &file->envelope, stands, found, needed);
}

/* ---- subjects --------------------------------------------------------------------------------------------------------- */

/* By digest only; the name tells what to call it when it does not match. */
static int check_input(const options_t *options, const char *path, span_t statement)
{
    sha256_t    sha256;
    sha512_t    sha512;
    char        hex256[SHA256_HEX], hex512[SHA512_HEX];
    const char *slash = strrchr(path, '/');
    buffer_t    name  = {0};
    json_walk_t walk  = json_walk(json_find(statement, "subject"));
    span_t      subject;
    bool        found = false, named = false;
    if (!command_ok(file_digest(path, &sha256, &sha512, NULL), path))
        return EXIT_CODE_ERROR;
    hex_encode(sha256.bytes, SHA256_SIZE, hex256);
    hex_encode(sha512.bytes, SHA512_SIZE, hex512);
    escape_text(span_from_text(slash != NULL ? slash + 1 : path), &name);
    while (!found && json_walk_next(&walk, NULL, &subject)) {
        span_t digest = json_find(subject, "digest");
        found         = json_is(json_find(digest, "sha256"), hex256) && json_is(json_find(digest, "sha512"), hex512);
        named         = named || span_equal(json_plain(json_find(subject, "name")), buffer_span(&name));
    }
    buffer_free(&name);
    if (found)
        return EXIT_CODE_GOOD;
    command_error(named ? "%s: altered: the report speaks of a file of this name with other bytes" : "%s: wrong subject: the report does not speak of this file", path);
    return no(options, named ? VERIFY_ALTERED : VERIFY_WRONG_SUBJECT, "a file is not what was examined");
}

static int check_inputs(const options_t *options, span_t statement)
{
    int code = EXIT_CODE_GOOD;
    for (size_t i = 0; i < options->input_count; i++) {
        int one = check_input(options, options->inputs[i], statement);
        code    = one > code ? one : code;
    }
    return code;
}

/* ---- time ------------------------------------------------------------------------------------------------------------- */

static bool time_from(const char *text, time_t *when)
{
    struct tm   utc = {0};
    const char *end = strptime(text, "%Y-%m-%d", &utc);
    if (end != NULL && *end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &utc);
    *when = timegm(&utc);
    return end != NULL && *end == '\0';
}

/* A time stamp tells when a signature existed; else the signer's own word, in the run facts, must do. */
static int check_age(const options_t *options, span_t statement)
{
    time_t when  = options->stamped;
    span_t claim = json_plain(json_find(json_find(json_find(statement, "predicate"), "run"), "finished"));
    char   text[40] = "", what[160];
    if (!options->has_not_before)
        return EXIT_CODE_GOOD;
    if (when == 0 && claim.size > 0 && claim.size < sizeof text)
        memcpy(text, claim.at, claim.size);
    if (when == 0 && (text[0] == '\0' || !time_from(text, &when)))
        return no(options, VERIFY_REPLAYED, "perhaps replayed: nothing in it says when it was made: neither a time stamp (give --tsa-ca) nor run facts");
    if (when >= options->not_before)
        return EXIT_CODE_GOOD;
    time_text(when, text);
    (void)snprintf(what, sizeof what, "replayed: it is of %s, which is before the time that is asked for", text);
    return no(options, VERIFY_REPLAYED, what);
}

/* ---- what was signed -------------------------------------------------------------------------------------------------- */

static int verify_redacted(const options_t *options, const report_file_t *file)
{
    commitment_t        commitment;
    disclosure_counts_t counts;
    char                why[DISCLOSURE_WHY];
    if (!command_ok(commitment_read(file->statement, &commitment), options->report))
        return EXIT_CODE_ERROR;
    bool is_redacted = file->envelope.disclosure.size > 0;
    if (is_redacted && !status_ok(disclosure_check(buffer_span(&file->envelope.disclosure), &commitment, &counts, why))) {
        command_error("%s: %s", options->report, why);
        return no(options, VERIFY_BAD_DISCLOSURE, "what is disclosed is not what was signed");
    }
    if (options->rescan)
        return command_usage_error("verify", "a redacted report cannot be scanned again: that takes the whole one");
    int code = check_inputs(options, file->statement);
    if (code == EXIT_CODE_GOOD)
        code = check_age(options, file->statement);
    if (code == EXIT_CODE_GOOD && is_redacted)
        (void)printf("%s: verified: %zu signature%s, redacted%s%s: %llu fields shown, %llu of %llu records withheld\n", options->report, file->envelope.count,
                     file->envelope.count == 1 ? "" : "s", commitment.tlp[0] != '\0' ? ", TLP:" : "", commitment.tlp, (unsigned long long)counts.shown_fields,
                     (unsigned long long)counts.withheld_records, (unsigned long long)(counts.withheld_records + counts.shown_records));
    else if (code == EXIT_CODE_GOOD)
        (void)printf("%s: verified: %zu signature%s, a commitment that shows nothing\n", options->report, file->envelope.count, file->envelope.count == 1 ? "" : "s");
    return code;
}

static int verify_report(const options_t *options, const report_file_t *file)
{
    report_t *report = NULL;
    char      why[REPORT_WHY];
    status_t  status = reader_report(file->statement, &report, why);
    if (!status_ok(status)) {
        command_error("%s: %s", options->report, why);
        return EXIT_CODE_ERROR;
    }
    int code = check_inputs(options, file->statement);
    if (code == EXIT_CODE_GOOD)
        code = check_age(options, file->statement);
    if (code == EXIT_CODE_GOOD && options->rescan)
        code = command_rescan(&options->again, report, file->statement, VERIFY_DIFFERS);
    if (code == EXIT_CODE_GOOD)
        (void)printf("%s: verified: %zu signature%s, %zu of %zu input%s compared%s, verdict %s%s%s\n", options->report, file->envelope.count,
                     file->envelope.count == 1 ? "" : "s", options->input_count, report->input_count, report->input_count == 1 ? "" : "s",
                     options->rescan ? ", scanned again with the same result" : "", verdict_name(report->verdict.result),
                     report->verdict.policy != NULL ? " by policy " : " without a policy", report->verdict.policy != NULL ? report->verdict.policy : "");
    report_free(report);
    return code;
}

static int verify_statement(const options_t *options, const report_file_t *file)
{
    if (!command_ok(json_check_canonical(file->statement), options->report))
        return EXIT_CODE_ERROR;
    span_t type = json_find(file->statement, "predicateType");
    if (!json_is(json_find(file->statement, "_type"), STATEMENT_TYPE)) {
        command_error("%s: what was signed is not an in-toto Statement v1", options->report);
        return EXIT_CODE_ERROR;
    }
    if (json_is(type, COMMITMENT_PREDICATE_TYPE))
        return verify_redacted(options, file);
    if (json_is(type, REPORT_PREDICATE_TYPE))
        return verify_report(options, file);
    return no(options, VERIFY_UNKNOWN_PREDICATE, "the signature stands, but what was signed is not a report of ours, or of another major version");
}

static int verify(options_t *options)
{
    report_file_t file;
    char          why[REPORT_WHY];
    int           code   = EXIT_CODE_ERROR;
    status_t      status = report_file_read(options->report, &file, why);
    if (file.envelope.payload_type != NULL)
        buffer_free(&file.bytes); /* the envelope has its own copy of all of it */
    if (!status_ok(status)) {
        command_error("%s: %s", options->report, why);
    } else {
        code = check_signatures(options, &file);
        if (code == EXIT_CODE_GOOD)
            code = verify_statement(options, &file);
    }
    report_file_free(&file);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

/* ---- options ---------------------------------------------------------------------------------------------------------- */

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
    options->given_keys                 = options->key_count;
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

enum { CA = 256, CRL, TSA_CA, NOT_BEFORE, RESCAN, DATA, RULES, POLICY, SPLIT };

static bool take_option(options_t *o, int option, char *argument)
{
    switch (option) {
    case 'k': return add_key(o, argument);
    case 't': return threshold_from(argument, o);
    case 'i': o->inputs[o->input_count++] = argument; return true;
    case CA: o->ca = argument; return true;
    case CRL: o->crl = argument; return true;
    case TSA_CA: o->tsa_ca = argument; return true;
    case NOT_BEFORE:
        o->has_not_before = time_from(argument, &o->not_before);
        if (!o->has_not_before)
            (void)command_usage_error("verify", "--not-before takes a date like 2026-11-24 or 2026-11-24T09:00:00Z");
        return o->has_not_before;
    case RESCAN: o->rescan = true; return true;
    case DATA: o->again.data = argument; return true;
    case RULES: o->again.rules = argument; return true;
    case POLICY: o->again.policy = argument; return true;
    case SPLIT: o->again.joined = true; return true;
    default: (void)command_usage_error("verify", "unknown option"); return false;
    }
}

static int verify_with_options(int argc, char **argv, options_t *options)
{
    static const struct option longs[] = {
        {"key", required_argument, NULL, 'k'}, {"threshold", required_argument, NULL, 't'}, {"input", required_argument, NULL, 'i'},
        {"ca", required_argument, NULL, CA}, {"crl", required_argument, NULL, CRL}, {"tsa-ca", required_argument, NULL, TSA_CA},
        {"not-before", required_argument, NULL, NOT_BEFORE}, {"rescan", no_argument, NULL, RESCAN}, {"data", required_argument, NULL, DATA},
        {"rules", required_argument, NULL, RULES}, {"policy", required_argument, NULL, POLICY}, {"split", no_argument, NULL, SPLIT},
        {"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "k:t:i:h", longs, NULL)) != -1;) {
        if (c == 'h') {
            (void)fputs(usage, stdout);
            return EXIT_CODE_GOOD;
        }
        if (!take_option(options, c, optarg))
            return EXIT_CODE_ERROR;
    }
    if (optind + 1 != argc)
        return command_usage_error("verify", "verify takes one report");
    if (options->key_count == 0 && options->ca == NULL)
        return command_usage_error("verify", "--key or --ca is missing: whose signature should it be?");
    if (options->ca == NULL && options->threshold > options->key_count)
        return command_usage_error("verify", "--threshold asks for more keys than are given");
    if (options->crl != NULL && options->ca == NULL)
        return command_usage_error("verify", "--crl belongs to --ca");
    if (options->rescan && options->input_count == 0)
        return command_usage_error("verify", "--rescan needs all files that the report speaks of, by --input, in its order");
    options->report             = argv[optind];
    options->again.inputs       = (const char *const *)options->inputs;
    options->again.input_count  = options->input_count;
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
