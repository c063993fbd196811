/* The signer: the one process that holds the key. It is forked before any input is opened, confined once the key is loaded, and
 * parses nothing: it is handed a sealed memory file and answers with a signature over DSSE's pre-authentication encoding of
 * it. The payload type is fixed, so the key can sign nothing but in-toto statements.
 * A key on a token is used by the module of the token's maker, in that process and in no other. */
#ifndef ASSAY_REPORT_SIGNER_H
#define ASSAY_REPORT_SIGNER_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "report/keys.h"

typedef struct { int socket, pid; } signer_t;

/* What a signer is to hold. */
typedef struct {
    const char         *key;       /* a file, or a PKCS#11 URI */
    const passphrase_t *phrase;    /* of an encrypted key, or the PIN of a token; NULL */
    const char         *share_key; /* a file with 64 hexadecimal digits, from which secrets of reports are derived; NULL */
    bool                reduced;
} signer_setup_t;

/* Loads the private key in a new process. When the key is encrypted, or its token wants a PIN, and there is no phrase, the status is STATUS_CRYPTO and *encrypted
 * is set. `why` says what was wrong. The caller forgets the phrase; no copy of the key is ever in this process. */
status_t signer_start(const signer_setup_t *setup, signer_t *signer, bool *encrypted, char *why, size_t why_size);

/* Signs `payload` as an in-toto statement. `keyid` gets 64 hexadecimal digits; `signature` is appended to. */
status_t signer_sign(const signer_t *signer, span_t payload, char keyid[SHA256_HEX], buffer_t *signature);

/* The secret of the report `payload` from the signer's share key; STATUS_CRYPTO when it has none. */
status_t signer_derive(const signer_t *signer, span_t payload, sha256_t *secret);
void     signer_stop(signer_t *signer);

#endif
