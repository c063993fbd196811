/* Signed envelopes: DSSE 1.0 (secure-systems-lab/dsse, protocol.md and envelope.md). Knows keys and bytes, nothing of reports.
 *
 * What is signed is PAE(type, payload) = "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload. By the type of the key:
 * Ed25519 over the PAE itself; ECDSA P-256 with SHA-256 and P-384 with SHA-384, in DER; RSA of 3072 bits and more as PSS
 * with SHA-256, MGF1 SHA-256 and a salt as long as the digest. Other keys are refused. */
#ifndef ASSAY_REPORT_DSSE_H
#define ASSAY_REPORT_DSSE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"

#include <openssl/evp.h>

enum { DSSE_SIGNATURES_MAX = 64, DSSE_SIGNATURE_BYTES_MAX = 4096, DSSE_TEXT_MAX = 512, DSSE_EXTRAS_MAX = 128, DSSE_EXTRA_BYTES_MAX = 1 << 18 };

typedef struct { char *keyid; buffer_t bytes; } dsse_signature_t; /* keyid: a hint that proves nothing; "" when there is none */

/* What stands beside the signatures, in the member "x-assay", and is signed by nobody: it must prove itself. */
typedef enum { DSSE_CERTIFICATE, DSSE_TIMESTAMP } dsse_extra_kind_t; /* a DER certificate; a DER time-stamp token (RFC 3161) over a signature's bytes */
typedef struct { dsse_extra_kind_t kind; char *keyid; buffer_t der; } dsse_extra_t; /* keyid: whose signature it belongs to; certificates from that key up */

typedef struct {
    char             *payload_type;
    buffer_t          payload;
    dsse_signature_t *signatures;
    size_t            count;
    dsse_extra_t     *extras;
    size_t            extra_count;
    buffer_t          disclosure; /* of a redacted report (report/disclosure.h); empty: it is none */
} dsse_envelope_t;

/* Appends the bytes that are signed. */
void dsse_pae(const char *payload_type, span_t payload, buffer_t *out);

/* Lower-case hexadecimal SHA-256 of the key's DER SubjectPublicKeyInfo. */
status_t dsse_keyid(EVP_PKEY *key, char keyid[SHA256_HEX]);

/* Is this a key that we sign and verify with? STATUS_CRYPTO that says which are, when not. */
status_t dsse_key_usable(EVP_PKEY *key);

/* Appends the signature of the private key over the payload; it has been verified with the same key before this returns. */
status_t dsse_sign(EVP_PKEY *key, const char *payload_type, span_t payload, buffer_t *signature);

/* Does the signature stand? For ECDSA also the raw r‖s form that others store. */
bool dsse_signature_stands(EVP_PKEY *key, const char *payload_type, span_t payload, span_t signature);

/* Appends the envelope in canonical JSON. */
status_t dsse_write(const dsse_envelope_t *envelope, buffer_t *out);
/* The same in pieces, since a payload may be large: `put` takes them in order; what it returns ends the writing, unless it is OK. */
typedef status_t dsse_put_t(void *context, span_t bytes);
status_t dsse_write_to(const dsse_envelope_t *envelope, dsse_put_t *put, void *context);

/* Reads an envelope of at most `limit` bytes strictly, before anyone looks at the payload: a member twice, bytes behind the end, bad base64,
 * no payload or no list of signatures (it may be empty) are STATUS_INVALID. Members that we do not know are ignored, as the specification wants.
 * `envelope` is to be freed in any case. */
status_t dsse_read(span_t json, size_t limit, dsse_envelope_t *envelope);
void     dsse_free(dsse_envelope_t *envelope);

/* How many different keys of `keys` have signed? A key counts once, however often it signed or stands in the list. `stands` (NULL or `count` long)
 * says which. keyids are not looked at. */
size_t dsse_verify(const dsse_envelope_t *envelope, EVP_PKEY *const *keys, size_t count, bool *stands);

/* Adds a signature that was made elsewhere (moved from `bytes`), unless the very same stands there. */
status_t dsse_put_signature(dsse_envelope_t *envelope, const char *keyid, buffer_t *bytes);

/* Adds a certificate or a time stamp, copied, unless the very same stands there. */
status_t dsse_add_extra(dsse_envelope_t *envelope, dsse_extra_kind_t kind, const char *keyid, span_t der);

/* Signs and adds to the envelope. */
status_t dsse_add_signature(dsse_envelope_t *envelope, EVP_PKEY *key);

#endif
