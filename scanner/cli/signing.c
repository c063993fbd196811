#include "cli/signing.h"

#include "report/chain.h"
#include "report/commitment.h"
#include "report/output.h"
#include "report/statement.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static bool start_one(signing_t *signing, size_t number)
{
    const char    *key       = signing->keys[number];
    passphrase_t   phrase    = {0};
    bool           encrypted = false, given = passphrase_wanted(&signing->phrase);
    char           why[512];
    signer_t      *signer    = &signing->signers[number];
    signer_setup_t setup     = {.key = key, .share_key = number == 0 ? signing->share_key : NULL, .reduced = signing->reduced};
    if (given && !passphrase_get(&signing->phrase, false, &phrase))
        return false;
    setup.phrase    = given ? &phrase : NULL;
    status_t status = signer_start(&setup, signer, &encrypted, why, sizeof why);
    if (!status_ok(status) && encrypted && !given) {
        char prompt[300];
        (void)snprintf(prompt, sizeof prompt, "Passphrase of %.200s: ", key);
        if (status_ok(passphrase_from_terminal(prompt, false, &phrase))) {
            setup.phrase = &phrase;
            status       = signer_start(&setup, signer, &encrypted, why, sizeof why);
        }
    }
    passphrase_forget(&phrase);
    if (!status_ok(status))
        command_error("%s: %s", key, why);
    return status_ok(status);
}

bool signing_start(signing_t *signing)
{
    if (signing->chain_count > signing->key_count) {
        command_error("there are more chains of certificates than keys");
        return false;
    }
    while (signing->started < signing->key_count && start_one(signing, signing->started))
        signing->started++;
    return signing->started == signing->key_count;
}

void signing_stop(signing_t *signing)
{
    while (signing->started > 0)
        signer_stop(&signing->signers[--signing->started]);
}

status_t signing_add(const signing_t *signing, dsse_envelope_t *envelope)
{
    status_t status = ok();
    for (size_t i = 0; status_ok(status) && i < signing->key_count; i++) {
        char     keyid[SHA256_HEX];
        buffer_t signature = {0};
        status             = signer_sign(&signing->signers[i], buffer_span(&envelope->payload), keyid, &signature);
        if (status_ok(status))
            status = dsse_put_signature(envelope, keyid, &signature);
        if (status_ok(status) && i < signing->chain_count)
            status = chain_attach(signing->chains[i], keyid, envelope);
        buffer_free(&signature);
    }
    return status;
}

static status_t write_envelope(const void *envelope, output_t *output) { return dsse_write_to(envelope, output_put, output); }

bool signing_write_envelope(const dsse_envelope_t *envelope, const char *path)
{
    return command_ok(output_write_by(path, write_envelope, envelope), path);
}

bool signing_write(const signing_t *signing, buffer_t *payload, const char *path)
{
    dsse_envelope_t envelope = {.payload_type = strdup(STATEMENT_PAYLOAD_TYPE), .payload = *payload};
    *payload                 = (buffer_t){0};
    status_t status = envelope.payload_type != NULL ? signing_add(signing, &envelope) : status_fail(STATUS_MEMORY, "dsse", 0, "out of memory");
    bool     good   = command_ok(status, path) && signing_write_envelope(&envelope, path);
    dsse_free(&envelope);
    return good;
}

/* ---- sharing -------------------------------------------------------------------------------------------------------- */

/* The secret that opens what is shared: kept beside the commitment, or derived again from the share key. */
static bool secret_for(const signing_t *signing, const char *share, span_t statement, sha256_t *secret)
{
    char path[PATH_MAX], text[SHA256_HEX + 1];
    if (signing->share_key != NULL)
        return command_ok(signer_derive(&signing->signers[0], statement, secret), signing->share_key);
    if (snprintf(path, sizeof path, "%s.secret", share) >= (int)sizeof path || !command_ok(commitment_secret_new(secret), share))
        return false;
    hex_encode(secret->bytes, sizeof secret->bytes, text);
    text[SHA256_HEX - 1] = '\n';
    bool good = command_ok(output_write_secret(path, span_from(text, SHA256_HEX)), path);
    explicit_bzero(text, sizeof text);
    return good;
}

bool signing_share(const signing_t *signing, const char *share, const char *tlp, span_t statement)
{
    commitment_t commitment;
    sha256_t     secret  = {{0}};
    buffer_t     payload = {0};
    merkle_t    *merkle  = secret_for(signing, share, statement, &secret) ? merkle_new(&secret) : NULL;
    explicit_bzero(&secret, sizeof secret);
    if (merkle == NULL)
        return false;
    status_t status = commitment_of(merkle, statement, NULL, NULL, &commitment);
    (void)snprintf(commitment.tlp, sizeof commitment.tlp, "%s", tlp != NULL ? tlp : "");
    if (status_ok(status))
        status = commitment_write(&commitment, statement, &payload);
    bool good = command_ok(status, share) && signing_write(signing, &payload, share);
    merkle_free(merkle);
    buffer_free(&payload);
    return good;
}
