/* The signer: the one process that holds the key. It is forked before any input is opened, confined once the key is loaded, and
 * parses nothing: it is handed a sealed memory file and answers with a signature over DSSE's pre-authentication encoding of
 * it. The payload type is fixed, so the key can sign nothing but in-toto statements. */
#ifndef ASSAY_REPORT_SIGNER_H
#define ASSAY_REPORT_SIGNER_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "report/keys.h"

typedef struct { int socket, pid; } signer_t;

/* Loads the private key at `key_path` in a new process; `phrase` may be NULL. When the key is encrypted and there is no phrase,
 * the status is STATUS_CRYPTO and *encrypted is set. `why` says what was wrong. The caller forgets the phrase; no copy of the key is ever in this process. */
status_t signer_start(const char *key_path, const passphrase_t *phrase, bool reduced, signer_t *signer, bool *encrypted, char *why, size_t why_size);

/* Signs `payload` as an in-toto statement. `keyid` gets 64 hexadecimal digits; `signature` is appended to. */
status_t signer_sign(const signer_t *signer, span_t payload, char keyid[SHA256_HEX], buffer_t *signature);
void     signer_stop(signer_t *signer);

#endif
