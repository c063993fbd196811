/* What scan and sign share: keys from options, signers from keys, envelopes from statements. */
#ifndef ASSAY_CLI_SIGNING_H
#define ASSAY_CLI_SIGNING_H

#include "cli/command.h"
#include "report/signer.h"

enum { SIGNING_KEYS_MAX = 4 };

typedef struct {
    const char         *keys[SIGNING_KEYS_MAX]; /* files or PKCS#11 URIs */
    const char         *chains[SIGNING_KEYS_MAX]; /* PEM certificates; the first belongs to the first key, and so on */
    size_t              key_count, chain_count;
    passphrase_source_t phrase;
    const char         *share_key;              /* held by the first signer; NULL */
    bool                reduced;
    signer_t            signers[SIGNING_KEYS_MAX];
    size_t              started;
} signing_t;

/* Starts a process for each key, before any input is opened. False after a message; signing_stop in any case. */
bool signing_start(signing_t *signing);
void signing_stop(signing_t *signing);

/* Adds every key's signature over the payload that is there, and the chains. */
status_t signing_add(const signing_t *signing, dsse_envelope_t *envelope);

/* Signs the statement, moved from `payload`, and writes the envelope. False after a message. */
bool signing_write(const signing_t *signing, buffer_t *payload, const char *path);

/* Writes an envelope. False after a message. */
bool signing_write_envelope(const dsse_envelope_t *envelope, const char *path);

#endif
