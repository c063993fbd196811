/* Certificates: who a key belongs to, as somebody says who is trusted. */
#ifndef ASSAY_REPORT_CHAIN_H
#define ASSAY_REPORT_CHAIN_H

#include "base/error.h"
#include "report/dsse.h"

#include <openssl/x509.h>
#include <time.h>

/* Anchors from a PEM file, and revocation lists from one, which may be NULL: then revocation is not looked at. With lists every certificate of
 * a chain needs a current one of its issuer. The store is the caller's. */
status_t chain_store(const char *ca_path, const char *crl_path, X509_STORE **store);

/* The certificates of a PEM file, in order, as DER; added to the envelope under `keyid`. The first one must be of that key: STATUS_CRYPTO. */
status_t chain_attach(const char *path, const char *keyid, dsse_envelope_t *envelope);

typedef enum {
    CHAIN_GOOD,
    CHAIN_ABSENT,      /* the envelope holds no certificate of that key */
    CHAIN_UNTRUSTED,   /* no path to an anchor, or a signature on the way does not stand */
    CHAIN_EXPIRED,     /* one of them was not valid at that time */
    CHAIN_REVOKED,
    CHAIN_NO_CRL,      /* revocation lists were given, but none that is current for one of them */
    CHAIN_NOT_FOR_THIS /* its key usage does not allow signatures, or its extended key usage not code signing */
} chain_result_t;

/* The chain from the certificate whose key has the id `keyid` to an anchor, valid at the moment `at`. On CHAIN_GOOD *key is that key, the caller's, and
 * `subject` its name, escaped. `why` is static text of the library for the other cases. */
chain_result_t chain_check(const dsse_envelope_t *envelope, const char *keyid, X509_STORE *store, time_t at, EVP_PKEY **key, buffer_t *subject, const char **why);

#endif
