/* Keys in DER, each proven to its last byte. Private: RSA (PKCS #1: a version, modulus, exponents, primes and three numbers made of them), of
 * elliptic curves (SEC 1), of any kind (PKCS #8), encrypted (PKCS #8, PBES). Public: SubjectPublicKeyInfo. That a private key lies there is a
 * finding of the analysis. Source: RFC 8017, A.1; RFC 5915; RFC 5958; RFC 5280, 4.1.2.7. */
#include "extractors/der_common.h"
#include "extractors/extractor.h"

enum { KEY_MAX = 32 << 10, BITS_WHOLE = 80, RSA_NUMBERS = 8, RSA_BYTES_MIN = 64 };

typedef enum { KEY_NONE, KEY_RSA, KEY_EC, KEY_PKCS8, KEY_ENCRYPTED, KEY_PUBLIC } key_kind_t;

static bool is_version(reader_t *r, uint8_t most, uint8_t *version)
{
    der_t number;
    bool  ok = der_expect(r, DER_INTEGER, &number) && number.content.size == 1 && number.content.at[0] <= most;
    *version = ok ? number.content.at[0] : 0;
    return ok;
}

/* The modulus, which is as long as both primes together. */
static bool is_rsa(reader_t r)
{
    uint8_t  version;
    der_t    number;
    uint64_t sizes[RSA_NUMBERS];
    if (!is_version(&r, 0, &version))
        return false;
    for (size_t i = 0; i < RSA_NUMBERS; i++) {
        if (!der_expect(&r, DER_INTEGER, &number) || !der_is_natural(&number))
            return false;
        sizes[i] = number.content.size;
    }
    return reader_left(&r) == 0 && sizes[0] > RSA_BYTES_MIN && sizes[3] + sizes[4] >= sizes[0] && sizes[3] + sizes[4] <= sizes[0] + 2 &&
           sizes[2] <= sizes[0];
}

static bool is_ec(reader_t r)
{
    uint8_t version;
    der_t   secret, more;
    if (!is_version(&r, 1, &version) || version != 1 || !der_expect(&r, DER_OCTET_STRING, &secret) || secret.content.size < 16 ||
        secret.content.size > 72 ||
        reader_left(&r) == 0)
        return false;
    while (reader_left(&r) > 0)
        if (!der_next(&r, &more) || (more.tag != DER_CONTEXT_0 && more.tag != DER_CONTEXT_1))
            return false;
    return true;
}

static bool is_pkcs8(reader_t r)
{
    uint8_t version;
    der_t   algorithm, secret, more;
    if (!is_version(&r, 1, &version) || !der_expect(&r, DER_SEQUENCE, &algorithm) || !der_is_algorithm(&algorithm) ||
        !der_expect(&r, DER_OCTET_STRING, &secret) || secret.content.size < 16)
        return false;
    while (reader_left(&r) > 0)
        if (!der_next(&r, &more) || (more.tag & 0xC0) != 0x80)
            return false;
    return true;
}

/* An algorithm of PKCS #5 (1.2.840.113549.1.5) and what it encrypted. */
static bool is_encrypted(reader_t r)
{
    static const uint8_t pkcs5[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05};
    der_t                algorithm, secret;
    return der_expect(&r, DER_SEQUENCE, &algorithm) && span_starts_with(algorithm.content, span_from(pkcs5, sizeof pkcs5)) &&
           der_expect(&r, DER_OCTET_STRING, &secret) && secret.content.size >= 16 && reader_left(&r) == 0;
}

static bool is_public(reader_t r)
{
    der_t algorithm, bits;
    return der_expect(&r, DER_SEQUENCE, &algorithm) && der_is_algorithm(&algorithm) && der_expect(&r, DER_BIT_STRING, &bits) &&
           bits.content.size > 16 && bits.content.at[0] == 0 && reader_left(&r) == 0;
}

static key_kind_t kind_of(span_t image, der_t *outer)
{
    if (!der_begins(image, DER_SEQUENCE, outer) || outer->told > KEY_MAX || outer->content.size < outer->told)
        return KEY_NONE;
    reader_t r = reader_from(outer->content);
    return is_rsa(r) ? KEY_RSA : is_ec(r) ? KEY_EC : is_pkcs8(r) ? KEY_PKCS8 : is_encrypted(r) ? KEY_ENCRYPTED : is_public(r) ? KEY_PUBLIC : KEY_NONE;
}

static unsigned der_key_probe(span_t image)
{
    der_t outer;
    return kind_of(image, &outer) != KEY_NONE ? BITS_WHOLE : 0;
}

static uint64_t der_key_extent(span_t image)
{
    der_t outer;
    return kind_of(image, &outer) != KEY_NONE ? outer.whole.size : 0;
}

static status_t der_key_extract(span_t image, sink_t *sink)
{
    static const char *const names[] = {"", "RSA private key", "EC private key", "private key", "encrypted private key", "public key"};
    der_t                    outer;
    key_kind_t               kind = kind_of(image, &outer);
    if (kind == KEY_NONE)
        return status_fail(STATUS_REJECTED, "der_key", 0, "not a key");
    sink_fact(sink, "key.kind", names[kind]);
    if (kind == KEY_ENCRYPTED)
        sink_limit(sink, 0, outer.whole.size, "encrypted", "a private key encrypted with a password");
    sink_claim(sink, 0, outer.whole.size, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00\x04\x82", 7),
    MAGIC("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00\x03\x82", 4),
    MAGIC("\x02\x01\x00\x02\x82\x01\x01\x00", 4), MAGIC("\x02\x01\x00\x02\x82\x02\x01\x00", 4), MAGIC("\x02\x01\x00\x02\x81\x81\x00", 4),
    MAGIC("\x02\x01\x01\x04\x20", 2), MAGIC("\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 2),
};

const extractor_t der_key_extractor = {
    .id = "der_key", .name = "Key in DER", .specification = "RFC 8017, RFC 5915, RFC 5958, RFC 5280", .reach = REACH_VERIFY, .magics = magics,
    .magic_count = sizeof magics / sizeof *magics, .asked_at_start = true, .probe = der_key_probe, .extent = der_key_extent,
    .extract = der_key_extract,
};
