/* Keys that stay on a token (PKCS#11 2.40 and 3.0): the module's own function list, nothing between. The module is foreign code: only the signer's process
 * ever loads it (docs/decisions/0009). */
#ifndef ASSAY_REPORT_PKCS11_H
#define ASSAY_REPORT_PKCS11_H

#include "base/buffer.h"
#include "base/error.h"
#include "report/keys.h"

#define PKCS11_SCHEME "pkcs11:"

typedef struct pkcs11 pkcs11_t;

/* Opens the one token and finds the one private key that signs which a URI (RFC 7512) names, "pkcs11:token=lab;object=sign?module-path=/usr/lib/….so". Two that
 * match are refused. `pin` may be NULL; when the token wants one then, *needs_pin is set. A URI with a PIN in it is refused, since the command line is public.
 * *key gets the public key, the caller's. */
status_t pkcs11_open(const char *uri, const passphrase_t *pin, pkcs11_t **token, EVP_PKEY **key, bool *needs_pin);

/* Appends the signature over the bytes of DSSE's encoding, in the form that dsse.h tells. Not verified: the caller does, before it is used. */
status_t pkcs11_sign(pkcs11_t *token, span_t pae, buffer_t *signature);
void     pkcs11_close(pkcs11_t *token);

#endif
