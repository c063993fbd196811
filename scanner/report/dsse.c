#include "report/dsse.h"

#include "base/json.h"
#include "base/utf8.h"
#include "report/base64.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { RSA_BITS_MIN = 3072, BASE64_BLOCK = 3 << 14 /* a multiple of 3: no padding inside */ };

static status_t invalid(const char *what) { return status_fail(STATUS_INVALID, "dsse", 0, what); }
static status_t crypto(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_CRYPTO, "dsse", 0, what);
}

void dsse_pae(const char *payload_type, span_t payload, buffer_t *out)
{
    buffer_printf(out, "DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type, payload.size);
    buffer_append(out, payload);
}

status_t dsse_keyid(EVP_PKEY *key, char keyid[SHA256_HEX])
{
    unsigned char *der  = NULL;
    int            size = i2d_PUBKEY(key, &der);
    sha256_t       digest;
    if (size <= 0)
        return crypto("the key has no public part");
    status_t status = sha256_of(span_from(der, (size_t)size), &digest);
    OPENSSL_free(der);
    if (status_ok(status))
        hex_encode(digest.bytes, SHA256_SIZE, keyid);
    return status;
}

/* ---- signatures by type of key --------------------------------------------------------------------------------------- */

typedef struct { const char *key_type, *group; const EVP_MD *(*digest)(void); size_t raw_size; } scheme_t;

static const scheme_t schemes[] = {
    {"ED25519", NULL, NULL, 0},
    {"EC", "prime256v1", EVP_sha256, 64},
    {"EC", "secp384r1", EVP_sha384, 96},
    {"RSA", NULL, EVP_sha256, 0},
    {"RSA-PSS", NULL, EVP_sha256, 0},
};

static const scheme_t *scheme_of(EVP_PKEY *key)
{
    char   group[64] = "";
    size_t size;
    if (EVP_PKEY_is_a(key, "EC"))
        (void)EVP_PKEY_get_group_name(key, group, sizeof group, &size);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const scheme_t *scheme = &schemes[i];
        bool            is_rsa = strncmp(scheme->key_type, "RSA", 3) == 0;
        if (EVP_PKEY_is_a(key, scheme->key_type) && (scheme->group == NULL || strcmp(scheme->group, group) == 0))
            return is_rsa && EVP_PKEY_get_bits(key) < RSA_BITS_MIN ? NULL : scheme;
    }
    return NULL;
}

status_t dsse_key_usable(EVP_PKEY *key)
{
    return scheme_of(key) != NULL ? ok() : crypto("keys are Ed25519, ECDSA P-256 or P-384, or RSA of at least 3072 bits");
}

typedef int digest_init_t(EVP_MD_CTX *, EVP_PKEY_CTX **, const EVP_MD *, ENGINE *, EVP_PKEY *);

static bool begin(EVP_MD_CTX *context, digest_init_t *init, const scheme_t *scheme, EVP_PKEY *key)
{
    EVP_PKEY_CTX *options = NULL;
    if (init(context, &options, scheme->digest != NULL ? scheme->digest() : NULL, NULL, key) != 1)
        return false;
    if (strncmp(scheme->key_type, "RSA", 3) != 0)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool verify_as_is(EVP_PKEY *key, const scheme_t *scheme, span_t pae, span_t signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool stands = context != NULL && begin(context, EVP_DigestVerifyInit, scheme, key) &&
                  EVP_DigestVerify(context, signature.at, signature.size, pae.at, pae.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return stands;
}

/* r‖s, each half as long as the group's order, becomes the DER that OpenSSL wants. */
static bool verify_raw(EVP_PKEY *key, const scheme_t *scheme, span_t pae, span_t signature)
{
    int            half = (int)(scheme->raw_size / 2);
    ECDSA_SIG     *pair = ECDSA_SIG_new();
    BIGNUM        *r    = BN_bin2bn(signature.at, half, NULL);
    BIGNUM        *s    = BN_bin2bn(signature.at + half, half, NULL);
    unsigned char *der  = NULL;
    bool           stands = false;
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s    = NULL;
        int size = i2d_ECDSA_SIG(pair, &der);
        stands   = size > 0 && verify_as_is(key, scheme, pae, span_from(der, (size_t)size));
    }
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return stands;
}

static bool stands_over(EVP_PKEY *key, span_t pae, span_t signature)
{
    const scheme_t *scheme = scheme_of(key);
    if (scheme == NULL || signature.size == 0)
        return false;
    return verify_as_is(key, scheme, pae, signature) ||
           (scheme->raw_size != 0 && signature.size == scheme->raw_size && verify_raw(key, scheme, pae, signature));
}

bool dsse_signature_stands(EVP_PKEY *key, const char *payload_type, span_t payload, span_t signature)
{
    buffer_t pae = {0};
    dsse_pae(payload_type, payload, &pae);
    bool stands = !pae.failed && stands_over(key, buffer_span(&pae), signature);
    buffer_free(&pae);
    return stands;
}

static status_t sign_pae(EVP_PKEY *key, span_t pae, buffer_t *signature)
{
    const scheme_t *scheme  = scheme_of(key);
    EVP_MD_CTX     *context = EVP_MD_CTX_new();
    size_t          size    = 0;
    uint8_t        *at      = NULL;
    bool good = context != NULL && begin(context, EVP_DigestSignInit, scheme, key) && EVP_DigestSign(context, NULL, &size, pae.at, pae.size) == 1 &&
                size <= DSSE_SIGNATURE_BYTES_MAX && (at = buffer_reserve(signature, size)) != NULL &&
                EVP_DigestSign(context, at, &size, pae.at, pae.size) == 1;
    EVP_MD_CTX_free(context);
    if (!good)
        return crypto("the key does not sign: it may be a public key only");
    signature->size += size;
    return stands_over(key, pae, span_from(at, size)) ? ok() : crypto("the signature just made does not verify: key or machine is faulty");
}

status_t dsse_sign(EVP_PKEY *key, const char *payload_type, span_t payload, buffer_t *signature)
{
    status_t status = dsse_key_usable(key);
    buffer_t pae    = {0};
    if (!status_ok(status))
        return status;
    dsse_pae(payload_type, payload, &pae);
    status = pae.failed ? status_fail(STATUS_MEMORY, "dsse", 0, "out of memory") : sign_pae(key, buffer_span(&pae), signature);
    buffer_free(&pae);
    return status;
}

size_t dsse_verify(const dsse_envelope_t *envelope, EVP_PKEY *const *keys, size_t count, bool *stands)
{
    buffer_t pae   = {0};
    size_t   found = 0;
    dsse_pae(envelope->payload_type, buffer_span(&envelope->payload), &pae);
    for (size_t k = 0; k < count; k++) {
        bool again = false, has_signed = false;
        for (size_t i = 0; i < k; i++)
            again = again || EVP_PKEY_eq(keys[i], keys[k]) == 1;
        for (size_t i = 0; i < envelope->count && !has_signed && !pae.failed; i++)
            has_signed = stands_over(keys[k], buffer_span(&pae), buffer_span(&envelope->signatures[i].bytes));
        found += has_signed && !again;
        if (stands != NULL)
            stands[k] = has_signed;
    }
    ERR_clear_error();
    buffer_free(&pae);
    return found;
}

/* ---- the envelope ----------------------------------------------------------------------------------------------------- */

static void member_base64(json_writer_t *w, const char *key, span_t bytes)
{
    buffer_t text = {0};
    base64_encode(bytes, &text);
    json_key(w, key);
    json_put_span(w, buffer_span(&text));
    w->out.failed = w->out.failed || text.failed;
    buffer_free(&text);
}

static void write_extras(json_writer_t *w, const dsse_envelope_t *envelope, const char *key, dsse_extra_kind_t kind)
{
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < envelope->extra_count; i++) {
        if (envelope->extras[i].kind != kind)
            continue;
        json_begin_object(w);
        member_base64(w, "der", buffer_span(&envelope->extras[i].der));
        json_member_text(w, "keyid", envelope->extras[i].keyid);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_extras_if(json_writer_t *w, const dsse_envelope_t *envelope)
{
    if (envelope->extra_count == 0 && envelope->disclosure.size == 0)
        return;
    json_key(w, "x-assay");
    json_begin_object(w);
    write_extras(w, envelope, "certificates", DSSE_CERTIFICATE);
    if (envelope->disclosure.size > 0)
        member_base64(w, "disclosure", buffer_span(&envelope->disclosure));
    write_extras(w, envelope, "timestamps", DSSE_TIMESTAMP);
    json_end_object(w);
}

/* The envelope with nothing in its first member, the payload. */
static status_t write_frame(const dsse_envelope_t *envelope, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    json_begin_object(&w);
    json_member_text(&w, "payload", "");
    json_member_text(&w, "payloadType", envelope->payload_type);
    json_key(&w, "signatures");
    json_begin_array(&w);
    for (size_t i = 0; i < envelope->count; i++) {
        json_begin_object(&w);
        json_member_text(&w, "keyid", envelope->signatures[i].keyid);
        member_base64(&w, "sig", buffer_span(&envelope->signatures[i].bytes));
        json_end_object(&w);
    }
    json_end_array(&w);
    write_extras_if(&w, envelope);
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}

static status_t put_base64(span_t bytes, dsse_put_t *put, void *context)
{
    buffer_t text   = {0};
    status_t status = ok();
    for (size_t at = 0, size; status_ok(status) && at < bytes.size; at += size) {
        size      = (size_t)min_u64(BASE64_BLOCK, bytes.size - at);
        text.size = 0;
        base64_encode(span_sub(bytes, at, size), &text);
        status = text.failed ? status_fail(STATUS_MEMORY, "dsse", 0, "out of memory") : put(context, buffer_span(&text));
    }
    buffer_free(&text);
    return status;
}

status_t dsse_write_to(const dsse_envelope_t *envelope, dsse_put_t *put, void *context)
{
    static const char before[] = "{\"payload\":\"";
    buffer_t          frame    = {0};
    status_t          status   = write_frame(envelope, &frame);
    if (status_ok(status))
        status = put(context, span_from_text(before));
    if (status_ok(status))
        status = put_base64(buffer_span(&envelope->payload), put, context);
    if (status_ok(status))
        status = put(context, span_from_offset(buffer_span(&frame), sizeof before - 1));
    buffer_free(&frame);
    return status;
}

static status_t append(void *buffer, span_t bytes)
{
    buffer_append(buffer, bytes);
    return ((const buffer_t *)buffer)->failed ? status_fail(STATUS_MEMORY, "dsse", 0, "out of memory") : ok();
}

status_t dsse_write(const dsse_envelope_t *envelope, buffer_t *out) { return dsse_write_to(envelope, append, out); }

/* Room for one signature more, or NULL. */
static dsse_signature_t *new_signature(dsse_envelope_t *envelope, const char *keyid)
{
    if (envelope->count == DSSE_SIGNATURES_MAX)
        return NULL;
    dsse_signature_t *grown = realloc(envelope->signatures, (envelope->count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    envelope->signatures = grown;
    char *copy           = strdup(keyid);
    if (copy == NULL)
        return NULL;
    grown[envelope->count] = (dsse_signature_t){.keyid = copy};
    return &grown[envelope->count++];
}

status_t dsse_put_signature(dsse_envelope_t *envelope, const char *keyid, buffer_t *bytes)
{
    for (size_t i = 0; i < envelope->count; i++)
        if (span_equal(buffer_span(&envelope->signatures[i].bytes), buffer_span(bytes))) {
            buffer_free(bytes);
            return ok();
        }
    dsse_signature_t *signature = new_signature(envelope, keyid);
    if (signature == NULL)
        return status_fail(STATUS_LIMIT, "dsse", 0, "no room for one more signature");
    signature->bytes = *bytes;
    *bytes           = (buffer_t){0};
    return ok();
}

status_t dsse_add_extra(dsse_envelope_t *envelope, dsse_extra_kind_t kind, const char *keyid, span_t der)
{
    for (size_t i = 0; i < envelope->extra_count; i++)
        if (envelope->extras[i].kind == kind && strcmp(envelope->extras[i].keyid, keyid) == 0 && span_equal(buffer_span(&envelope->extras[i].der), der))
            return ok();
    if (envelope->extra_count == DSSE_EXTRAS_MAX || der.size == 0 || der.size > DSSE_EXTRA_BYTES_MAX)
        return status_fail(STATUS_LIMIT, "dsse", 0, "no room for one more certificate or time stamp, or it is too large");
    dsse_extra_t *grown = realloc(envelope->extras, (envelope->extra_count + 1) * sizeof *grown);
    if (grown == NULL)
        return status_fail(STATUS_MEMORY, "dsse", 0, "out of memory");
    envelope->extras = grown;
    dsse_extra_t *extra = &grown[envelope->extra_count];
    *extra              = (dsse_extra_t){.kind = kind, .keyid = strdup(keyid)};
    buffer_append(&extra->der, der);
    if (extra->keyid == NULL || extra->der.failed) {
        free(extra->keyid);
        buffer_free(&extra->der);
        return status_fail(STATUS_MEMORY, "dsse", 0, "out of memory");
    }
    envelope->extra_count++;
    return ok();
}

status_t dsse_add_signature(dsse_envelope_t *envelope, EVP_PKEY *key)
{
    char     keyid[SHA256_HEX];
    buffer_t bytes  = {0};
    status_t status = dsse_keyid(key, keyid);
    if (status_ok(status))
        status = dsse_sign(key, envelope->payload_type, buffer_span(&envelope->payload), &bytes);
    dsse_signature_t *signature = status_ok(status) ? new_signature(envelope, keyid) : NULL;
    if (signature != NULL)
        signature->bytes = bytes;
    else
        buffer_free(&bytes);
    return status_ok(status) && signature == NULL ? status_fail(STATUS_LIMIT, "dsse", 0, "no room for one more signature") : status;
}

static bool text_of(const json_t *value, size_t limit, span_t *text)
{
    if (!json_is_string(value))
        return false;
    *text = span_from(json_string_value(value), json_string_length(value));
    return text->size <= limit;
}

static status_t read_signature(const json_t *item, dsse_envelope_t *envelope)
{
    span_t        keyid = span_from_text(""), sig;
    const json_t *named = json_object_get(item, "keyid");
    if (named != NULL && (!text_of(named, DSSE_TEXT_MAX, &keyid) || !text_may_be_shown(keyid)))
        return invalid("keyid is not a short text");
    if (!text_of(json_object_get(item, "sig"), (size_t)DSSE_SIGNATURE_BYTES_MAX * 2, &sig))
        return invalid("a signature without sig");
    dsse_signature_t *signature = new_signature(envelope, (const char *)keyid.at);
    if (signature == NULL)
        return status_fail(STATUS_MEMORY, "dsse", 0, "out of memory");
    if (!base64_decode(sig, &signature->bytes) || signature->bytes.size == 0 || signature->bytes.size > DSSE_SIGNATURE_BYTES_MAX)
        return invalid("sig is not base64 of a signature");
    return ok();
}

static status_t read_extras(const json_t *list, dsse_extra_kind_t kind, dsse_envelope_t *envelope)
{
    if (list != NULL && !json_is_array(list))
        return invalid("x-assay: certificates and timestamps are lists");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        span_t        keyid, text;
        buffer_t      der = {0};
        if (!text_of(json_object_get(item, "keyid"), DSSE_TEXT_MAX, &keyid) || !text_may_be_shown(keyid) ||
            !text_of(json_object_get(item, "der"), (size_t)DSSE_EXTRA_BYTES_MAX * 2, &text) || !base64_decode(text, &der)) {
            buffer_free(&der);
            return invalid("x-assay: a certificate or time stamp has no keyid, or is not base64");
        }
        status_t status = dsse_add_extra(envelope, kind, (const char *)keyid.at, buffer_span(&der));
        buffer_free(&der);
        if (!status_ok(status))
            return status;
    }
    return ok();
}

/* Somebody else's member of that name is not ours to judge: but nobody else has one. */
static status_t read_beside(const json_t *beside, dsse_envelope_t *envelope)
{
    span_t        text;
    const json_t *disclosure = json_object_get(beside, "disclosure");
    status_t      status     = read_extras(json_object_get(beside, "certificates"), DSSE_CERTIFICATE, envelope);
    if (status_ok(status))
        status = read_extras(json_object_get(beside, "timestamps"), DSSE_TIMESTAMP, envelope);
    if (status_ok(status) && disclosure != NULL && (!text_of(disclosure, SIZE_MAX, &text) || !base64_decode(text, &envelope->disclosure)))
        status = invalid("x-assay: the disclosure is not base64");
    return status;
}

static status_t read_members(const json_t *root, dsse_envelope_t *envelope)
{
    span_t type, payload;
    if (!text_of(json_object_get(root, "payloadType"), DSSE_TEXT_MAX, &type) || type.size == 0 || !text_may_be_shown(type))
        return invalid("no payloadType: not an envelope");
    if (!text_of(json_object_get(root, "payload"), SIZE_MAX, &payload) || !base64_decode(payload, &envelope->payload))
        return invalid("payload is not there or not base64");
    envelope->payload_type = strdup((const char *)type.at);
    if (envelope->payload_type == NULL)
        return status_fail(STATUS_MEMORY, "dsse", 0, "out of memory");
    const json_t *signatures = json_object_get(root, "signatures");
    if (!json_is_array(signatures))
        return invalid("no signatures");
    if (json_array_size(signatures) > DSSE_SIGNATURES_MAX)
        return invalid("more signatures than anyone needs");
    for (size_t i = 0; i < json_array_size(signatures); i++) {
        status_t status = read_signature(json_array_get(signatures, i), envelope);
        if (!status_ok(status))
            return status;
    }
    return read_beside(json_object_get(root, "x-assay"), envelope);
}

status_t dsse_read(span_t json, size_t limit, dsse_envelope_t *envelope)
{
    *envelope = (dsse_envelope_t){0};
    if (json.size > limit)
        return status_fail(STATUS_LIMIT, "dsse", 0, "the envelope is larger than a report may be");
    if (!utf8_valid(json))
        return invalid("not UTF-8");
    json_error_t error;
    json_t      *root = json_loadb((const char *)json.at, json.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return status_fail(STATUS_INVALID, "dsse", error.position > 0 ? (uint64_t)error.position : 0, "not JSON, or a member stands twice, or bytes behind the end");
    status_t status = read_members(root, envelope);
    json_decref(root);
    return status;
}

void dsse_free(dsse_envelope_t *envelope)
{
    for (size_t i = 0; i < envelope->count; i++) {
        free(envelope->signatures[i].keyid);
        buffer_free(&envelope->signatures[i].bytes);
    }
    for (size_t i = 0; i < envelope->extra_count; i++) {
        free(envelope->extras[i].keyid);
        buffer_free(&envelope->extras[i].der);
    }
    free(envelope->signatures);
    free(envelope->extras);
    buffer_free(&envelope->disclosure);
    free(envelope->payload_type);
    buffer_free(&envelope->payload);
    *envelope = (dsse_envelope_t){0};
}
