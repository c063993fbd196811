#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct hasher { EVP_MD_CTX *sha256, *sha512; };

static const char digest_failed[] = "the digest could not be computed: out of memory or no OpenSSL provider";

static status_t digest_once(span_t bytes, const EVP_MD *type, uint8_t *out)
{
    return EVP_Digest(bytes.at, bytes.size, out, NULL, type, NULL) == 1 ? ok() : status_fail(STATUS_CRYPTO, "digest", 0, digest_failed);
}

status_t sha256_of(span_t bytes, sha256_t *digest) { return digest_once(bytes, EVP_sha256(), digest->bytes); }
status_t sha512_of(span_t bytes, sha512_t *digest) { return digest_once(bytes, EVP_sha512(), digest->bytes); }

static EVP_MD_CTX *context_new(const EVP_MD *type)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex(context, type, NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    return context;
}

hasher_t *hasher_new(bool with_sha512)
{
    hasher_t *hasher = calloc(1, sizeof *hasher);
    if (hasher == NULL)
        return NULL;
    hasher->sha256 = context_new(EVP_sha256());
    hasher->sha512 = with_sha512 ? context_new(EVP_sha512()) : NULL;
    if (hasher->sha256 == NULL || (with_sha512 && hasher->sha512 == NULL)) {
        hasher_free(hasher);
        return NULL;
    }
    return hasher;
}

status_t hasher_add(hasher_t *hasher, span_t bytes)
{
    bool good = EVP_DigestUpdate(hasher->sha256, bytes.at, bytes.size) == 1 &&
                (hasher->sha512 == NULL || EVP_DigestUpdate(hasher->sha512, bytes.at, bytes.size) == 1);
    return good ? ok() : status_fail(STATUS_CRYPTO, "digest", 0, digest_failed);
}

status_t hasher_finish(hasher_t *hasher, sha256_t *sha256, sha512_t *sha512)
{
    bool good = EVP_DigestFinal_ex(hasher->sha256, sha256->bytes, NULL) == 1 &&
                (hasher->sha512 == NULL || EVP_DigestFinal_ex(hasher->sha512, sha512->bytes, NULL) == 1);
    return good ? ok() : status_fail(STATUS_CRYPTO, "digest", 0, digest_failed);
}

void hasher_free(hasher_t *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->sha256);
    EVP_MD_CTX_free(hasher->sha512);
    free(hasher);
}

void hex_encode(const uint8_t *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i]     = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(const char *text, uint8_t *bytes, size_t size)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
