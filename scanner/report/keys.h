/* Keys of signers: made here, kept as PKCS#8 PEM, read here. Passphrases never come from the command line. */
#ifndef ASSAY_REPORT_KEYS_H
#define ASSAY_REPORT_KEYS_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"

#include <openssl/evp.h>

enum { PASSPHRASE_MAX = 1024 };

typedef struct { char text[PASSPHRASE_MAX]; size_t size; } passphrase_t;

/* The first line of a file, or of a descriptor, without its end. An empty one is STATUS_INVALID. */
status_t passphrase_from_file(const char *path, passphrase_t *phrase);
status_t passphrase_from_descriptor(int fd, passphrase_t *phrase);
/* Asked on the terminal, without echo; `twice` for a new one. */
status_t passphrase_from_terminal(const char *prompt, bool twice, passphrase_t *phrase);
/* Overwrites it. */
void     passphrase_forget(passphrase_t *phrase);

/* A new Ed25519 key. */
status_t key_generate(EVP_PKEY **key);

/* Appends PKCS#8 PEM; with a passphrase encrypted by AES-256-CBC under scrypt (N 16384, r 8, p 1: the most that the openssl
 * command of Debian bookworm opens with its default memory bound). */
status_t key_to_private_pem(EVP_PKEY *key, const passphrase_t *phrase, buffer_t *pem);
status_t key_to_public_pem(EVP_PKEY *key, buffer_t *pem);

/* Reads a private key. `phrase` may be NULL; when the key turns out to be encrypted then, *encrypted is set and the status is STATUS_CRYPTO. */
status_t key_load_private(const char *path, const passphrase_t *phrase, EVP_PKEY **key, bool *encrypted);

/* Reads a public key: PEM "PUBLIC KEY" or an X.509 certificate, of which only the key is used. A private key is refused, since it should not be here. */
status_t key_load_public(const char *path, EVP_PKEY **key);

/* A secret of 32 bytes: a file whose first line is 64 hexadecimal digits. */
status_t key_load_secret(const char *path, sha256_t *secret);

#endif
