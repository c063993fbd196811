/* Digests of whole files. */
#ifndef ASSAY_BASE_FILE_DIGEST_H
#define ASSAY_BASE_FILE_DIGEST_H

#include "base/error.h"
#include "base/sha256.h"

/* Both digests and the size of the file at `path`; `sha512` and `size` may be NULL. STATUS_IO. */
status_t file_digest(const char *path, sha256_t *sha256, sha512_t *sha512, uint64_t *size);
/* Its SHA-256 in hexadecimal. */
status_t file_digest_hex(const char *path, char hex[SHA256_HEX]);

#endif
