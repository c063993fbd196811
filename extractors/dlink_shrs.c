/* SHRS, D-Link's encrypted and signed image, 1756 bytes of header, big-endian: "SHRS", length of the plain image with padding, without, IV[16],
 * SHA-512 of plain image and key, of the plain image, of the ciphertext, 512 zeros, two signatures of 512 bytes; then AES-128-CBC. The key is the
 * same constant in all of D-Link's firmware that knows the format, and long published; the SHA-512 of the plain image proves it, and without
 * that proof the ciphertext is only fenced off. Source: onekey-sec/unblob, handlers/archive/dlink/shrs.py. */
#include "base/sha256.h"
#include "extractors/extractor.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { HEADER_SIZE = 0x6DC, IV_AT = 12, PLAIN_DIGEST_AT = 92, CIPHER_DIGEST_AT = 156, ZEROS_AT = 220, ZEROS = 512, AES_BLOCK = 16, STEP = 1 << 16 };

typedef struct { uint64_t padded, length; } header_t;

static const uint8_t key[] = {0xC0, 0x5F, 0xBF, 0x19, 0x36, 0xC9, 0x94, 0x29, 0xCE, 0x2A, 0x07, 0x81, 0xF0, 0x8D, 0x6A, 0xD8};

static bool read_header(span_t image, header_t *header)
{
    reader_t r     = reader_at(image, 4);
    header->padded = read_be32(&r);
    header->length = read_be32(&r);
    if (header->length > header->padded) {
        uint64_t padded = header->length;
        header->length  = header->padded;
        header->padded  = padded;
    }
    return span_has_text_at(image, 0, "SHRS") && span_holds(image, 0, HEADER_SIZE) && header->length > 0 && header->padded % AES_BLOCK == 0 &&
           header->padded - header->length <= AES_BLOCK && span_is_filled_with(span_sub(image, ZEROS_AT, ZEROS), 0);
}

static bool digest_is(span_t bytes, span_t image, uint64_t at)
{
    sha512_t digest;
    return status_ok(sha512_of(bytes, &digest)) && memcmp(digest.bytes, image.at + at, SHA512_SIZE) == 0;
}

/* The makers disagree on whether the padding counts. */
static bool cipher_agrees(span_t image, const header_t *header)
{
    span_t cipher = span_sub(image, HEADER_SIZE, header->padded);
    return cipher.at != NULL && (digest_is(cipher, image, CIPHER_DIGEST_AT) ||
                                 digest_is(span_clip(cipher, 0, header->length), image, CIPHER_DIGEST_AT));
}

static unsigned dlink_shrs_probe(span_t image)
{
    header_t header;
    return read_header(image, &header) ? 32 + 64 : 0;
}

static uint64_t dlink_shrs_extent(span_t image)
{
    header_t header;
    return read_header(image, &header) ? min_u64(HEADER_SIZE + header.padded, image.size) : 0;
}

static bool decrypt(span_t cipher, const uint8_t *iv, uint8_t *plain)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool            good    = context != NULL && EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
                   EVP_CIPHER_CTX_set_padding(context, 0) == 1;
    for (size_t at = 0; good && at < cipher.size; at += STEP) {
        int produced = 0;
        good = EVP_DecryptUpdate(context, plain + at, &produced, cipher.at + at, (int)min_u64(STEP, cipher.size - at)) == 1;
    }
    EVP_CIPHER_CTX_free(context);
    return good;
}

static status_t show_plain(sink_t *sink, const uint8_t *plain, uint64_t length)
{
    child_t *child  = sink_child(sink, &(child_info_t){.path = span_from_text("image"), .type = CHILD_PAYLOAD});
    status_t status = ok();
    for (uint64_t at = 0; child != NULL && status_ok(status) && at < length; at += STEP) {
        uint64_t size = min_u64(STEP, length - at);
        status        = child_write(child, span_from(plain + at, size), HEADER_SIZE + at, size);
    }
    sink_end_child(sink);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static status_t dlink_shrs_extract(span_t image, sink_t *sink)
{
    header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "dlink-shrs", 0, "not an SHRS header");
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    span_t   cipher = span_clip(image, HEADER_SIZE, header.padded);
    bool     whole  = cipher.size == header.padded;
    uint8_t *plain  = whole ? malloc(cipher.size) : NULL;
    status_t status = ok();
    if (!whole)
        sink_damage(sink, image.size, 0, "the image ends before the SHRS does");
    else if (!cipher_agrees(image, &header))
        sink_damage(sink, HEADER_SIZE, header.padded, "the SHA-512 of the ciphertext does not agree");
    if (whole && plain == NULL)
        return status_fail(STATUS_MEMORY, "dlink-shrs", HEADER_SIZE, "out of memory");
    bool proven = whole && decrypt(cipher, image.at + IV_AT, plain) &&
                  (digest_is(span_from(plain, header.length), image, PLAIN_DIGEST_AT) ||
                   digest_is(span_from(plain, header.padded), image, PLAIN_DIGEST_AT));
    sink_fact(sink, "shrs.key", proven ? "the published one" : "not proven");
    if (proven) {
        status = show_plain(sink, plain, header.length);
        sink_claim(sink, HEADER_SIZE + header.length, header.padded - header.length, REGION_STRUCTURE);
    } else {
        sink_limit(sink, HEADER_SIZE, cipher.size, "encrypted", "D-Link's SHRS: AES-128-CBC, and the published key is not proven for it");
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD});
        if (child != NULL)
            child_range(child, HEADER_SIZE, header.padded);
        sink_end_child(sink);
    }
    free(plain);
    return status;
}

static const magic_t magics[] = {MAGIC("SHRS", 0)};

const extractor_t dlink_shrs_extractor = {
    .id = "dlink-shrs", .name = "D-Link SHRS", .specification = "onekey-sec/unblob, handlers/archive/dlink/shrs.py", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = dlink_shrs_probe, .extent = dlink_shrs_extent, .extract = dlink_shrs_extract,
};
