/* Digests of subjects and blobs, by OpenSSL. */
#ifndef ASSAY_BASE_SHA256_H
#define ASSAY_BASE_SHA256_H

#include "base/bytes.h"
#include "base/error.h"

enum { SHA256_SIZE = 32, SHA512_SIZE = 64, SHA256_HEX = 65, SHA512_HEX = 129 };

typedef struct { uint8_t bytes[SHA256_SIZE]; } sha256_t;
typedef struct { uint8_t bytes[SHA512_SIZE]; } sha512_t;

/* The digest of `bytes` in one go. */
status_t sha256_of(span_t bytes, sha256_t *digest);
status_t sha512_of(span_t bytes, sha512_t *digest);

/* Both digests of a stream at once; `sha512` may be left out by `with_sha512` false. */
typedef struct hasher hasher_t;
hasher_t *hasher_new(bool with_sha512);
status_t  hasher_add(hasher_t *hasher, span_t bytes);
status_t  hasher_finish(hasher_t *hasher, sha256_t *sha256, sha512_t *sha512);
void      hasher_free(hasher_t *hasher);

/* Lower-case hexadecimal of `size` bytes; `out` has room for 2 × size + 1. */
void hex_encode(const uint8_t *bytes, size_t size, char *out);
/* False unless `text` is exactly 2 × size lower- or upper-case hexadecimal digits. */
bool hex_decode(const char *text, uint8_t *bytes, size_t size);

static inline bool sha256_equal(const sha256_t *a, const sha256_t *b) { return memcmp(a, b, sizeof *a) == 0; }

#endif
