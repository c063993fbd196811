/* PEM: RFC 7468, and the older headers of RFC 1421 that keys may carry. DER: RFC 5280; only version 3 certificates are looked
 * for outside PEM, by the explicit tag of their version. */
#include "analysis/certificates.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

enum {
    PEM_MAX = 64 * 1024, DER_MAX = 64 * 1024,
    OBJECTS_MAX = 4096,     /* examined in one blob: a large bundle of roots has some hundred */
    KEY_CHARACTERS_MIN = 60 /* base64 characters of the smallest private key (Ed25519: 64) */
};

static const char    pem_begin[]   = "-----BEGIN ";
static const char    pem_end[]     = "-----END ";
static const uint8_t der_version[] = {0xA0, 0x03, 0x02, 0x01, 0x02}; /* [0] EXPLICIT INTEGER 2: version 3 */

needle_t certificates_needle(size_t index)
{
    return (needle_t){index == 0 ? span_from_text(pem_begin) : span_from(der_version, sizeof der_version), false};
}

typedef struct {
    const origin_t    *origin;
    const own_bytes_t *own;
    arena_t           *arena;
    sink_t            *sink;
    uint8_t           *decoded; /* room for one decoded PEM object */
    size_t             examined;
    bool               told;
} examination_t;

static void say_finding(examination_t *e, const char *rule, const char *title, const char *references, finding_kind_t kind, severity_t severity,
                        evidence_t evidence)
{
    sink_say(e->sink, &(record_t){.type = RECORD_FINDING, .finding = {rule, title, references, kind, severity, evidence}});
}

/* ---- one certificate ------------------------------------------------------------------------------------------------ */

enum { NAMES_MAX = 16 };
typedef struct { const char *all[NAMES_MAX]; size_t count; } names_t;

static void add_names(examination_t *e, const X509_NAME *name, names_t *names)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int              nid   = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        unsigned char   *text  = NULL;
        if ((nid != NID_commonName && nid != NID_organizationName) || names->count == NAMES_MAX)
            continue;
        int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
        if (size > 0 && memchr(text, 0, (size_t)size) == NULL) {
            const char *copy = arena_text(e->arena, span_from(text, (size_t)size));
            if (copy != NULL)
                names->all[names->count++] = copy;
        }
        OPENSSL_free(text);
    }
}

static const char *one_line(examination_t *e, const X509_NAME *name)
{
    char  buffer[TEXT_SHORT_MAX];
    char *line = X509_NAME_oneline(name, buffer, sizeof buffer);
    return line != NULL ? arena_text(e->arena, span_from_text(line)) : NULL;
}

/* Bits of an RSA modulus; 0 for another key. Read from the encoding, so that a hostile key is never computed with. */
static unsigned rsa_bits(X509 *certificate)
{
    ASN1_OBJECT         *algorithm = NULL;
    const unsigned char *key       = NULL;
    int                  size      = 0;
    X509_PUBKEY         *info      = X509_get_X509_PUBKEY(certificate);
    if (info == NULL || X509_PUBKEY_get0_param(&algorithm, &key, &size, NULL, info) != 1 || OBJ_obj2nid(algorithm) != NID_rsaEncryption || size <= 0)
        return 0;
    long        content;
    int         tag, class;
    const unsigned char *at = key;
    if ((ASN1_get_object(&at, &content, &tag, &class, size) & 0x80) != 0 || tag != V_ASN1_SEQUENCE)
        return 0;
    ASN1_INTEGER *modulus = d2i_ASN1_INTEGER(NULL, &at, content);
    if (modulus == NULL)
        return 0;
    const unsigned char *bytes  = ASN1_STRING_get0_data(modulus);
    int                  length = ASN1_STRING_length(modulus);
    unsigned             bits   = length > 0 && length < DER_MAX ? 8 * (unsigned)length : 0;
    for (unsigned bit = 0x80; bits > 0 && bit > 0 && (bytes[0] & bit) == 0; bit >>= 1)
        bits--;
    ASN1_INTEGER_free(modulus);
    return bits;
}

/* Nobody relies on the signature of a certificate that signs itself. */
static void judge_signature(examination_t *e, X509 *certificate, evidence_t evidence)
{
    int digest = NID_undef;
    if (X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 ||
        OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, NULL) != 1)
        return;
    if (digest == NID_md5 || digest == NID_md2 || digest == NID_md4)
        say_finding(e, "certificate-md5", "certificate signed with MD5 or older: it can be forged", "RFC 6151", FINDING_CRYPTO, SEVERITY_HIGH, evidence);
    else if (digest == NID_sha1)
        say_finding(e, "certificate-sha1", "certificate signed with SHA-1", "NIST SP 800-131A", FINDING_CRYPTO, SEVERITY_MEDIUM, evidence);
}

static void judge_key(examination_t *e, X509 *certificate, evidence_t evidence)
{
    unsigned bits = rsa_bits(certificate);
    if (bits > 0 && bits < 1024)
        say_finding(e, "certificate-weak-rsa", "certificate with an RSA key below 1024 bits: it can be factored", "NIST SP 800-131A", FINDING_CRYPTO,
                    SEVERITY_HIGH, evidence);
    else if (bits > 0 && bits < 2048)
        say_finding(e, "certificate-weak-rsa", "certificate with an RSA key below 2048 bits", "NIST SP 800-131A", FINDING_CRYPTO, SEVERITY_MEDIUM, evidence);
}

static void say_facts(examination_t *e, X509 *certificate, const char *subject, const char *issuer)
{
    unsigned bits = rsa_bits(certificate);
    if (subject != NULL)
        sink_fact(e->sink, "certificate.subject", subject);
    if (issuer != NULL)
        sink_fact(e->sink, "certificate.issuer", issuer);
    int nid = X509_get_signature_nid(certificate);
    if (nid != NID_undef)
        sink_fact(e->sink, "certificate.signature", OBJ_nid2sn(nid));
    if (bits > 0)
        sink_fact_printf(e->sink, "certificate.rsa-bits", "%u", bits);
}

/* The digests by which signers are known: of the certificate, as Android shows it, and of its SubjectPublicKeyInfo. */
static void check_keys(examination_t *e, X509 *certificate, span_t der, span_t shown, uint64_t offset, uint64_t length)
{
    sha256_t       digest;
    unsigned char *key  = NULL;
    int            size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    if (status_ok(sha256_of(der, &digest)))
        origin_check_key(e->origin, &digest, offset, length, shown, e->sink);
    if (size > 0 && status_ok(sha256_of(span_from(key, (size_t)size), &digest)))
        origin_check_key(e->origin, &digest, offset, length, shown, e->sink);
    OPENSSL_free(key);
}

/* False when `der` is not a certificate. [offset, offset+length) is where it stands in the blob, encoded. */
static bool examine_certificate(examination_t *e, span_t der, uint64_t offset, uint64_t length)
{
    const unsigned char *at          = der.at;
    X509                *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate == NULL) {
        ERR_clear_error();
        return false;
    }
    names_t names = {.count = 0};
    add_names(e, X509_get_subject_name(certificate), &names);
    add_names(e, X509_get_issuer_name(certificate), &names);
    origin_check_certificate(e->origin, names.all, names.count, offset, length, e->sink);
    const char *subject  = one_line(e, X509_get_subject_name(certificate));
    check_keys(e, certificate, span_from(der.at, (size_t)(at - der.at)), span_from_text(subject != NULL ? subject : ""), offset, length);
    evidence_t  evidence = {offset, length, "certificate", span_from_text(subject != NULL ? subject : ""), 95};
    judge_key(e, certificate, evidence);
    judge_signature(e, certificate, evidence);
    if (offset == 0 && e->examined == 1)
        say_facts(e, certificate, subject, one_line(e, X509_get_issuer_name(certificate)));
    X509_free(certificate);
    ERR_clear_error();
    return true;
}

/* One more object; false, and recorded, when there were too many. */
static bool count_object(examination_t *e, uint64_t offset)
{
    if (e->examined < OBJECTS_MAX) {
        e->examined++;
        return true;
    }
    if (!e->told)
        sink_limit(e->sink, offset, e->own->blob.size - offset, "certificates", "more than 4096 certificates and keys: the rest was not examined");
    e->told = true;
    return false;
}

/* ---- PEM ------------------------------------------------------------------------------------------------------------ */

typedef struct { span_t label, body; uint64_t length; } pem_t; /* length: from the first dash of BEGIN to the last of END */

static size_t find_in(span_t in, const char *text)
{
    const uint8_t *at = memmem(in.at, in.size, text, strlen(text));
    return at != NULL ? (size_t)(at - in.at) : SIZE_MAX;
}

/* The PEM object at the start of `bytes`, whose END has the label of its BEGIN. */
static bool pem_from(span_t bytes, pem_t *pem)
{
    span_t label = span_clip(bytes, sizeof pem_begin - 1, 64);
    size_t size  = find_in(label, "-----");
    if (size == SIZE_MAX)
        return false;
    pem->label    = span_sub(label, 0, size);
    span_t behind = span_clip(bytes, sizeof pem_begin - 1 + size + 5, PEM_MAX);
    size_t end    = find_in(behind, "-----"); /* the first: so no byte is looked at twice, however many objects begin */
    if (end == SIZE_MAX || !span_has_text_at(behind, end, pem_end))
        return false;
    span_t tail = span_from_offset(behind, end + sizeof pem_end - 1);
    if (!span_starts_with(tail, pem->label) || !span_has_text_at(tail, pem->label.size, "-----"))
        return false;
    pem->body   = span_sub(behind, 0, end);
    pem->length = (uint64_t)(tail.at + pem->label.size + 5 - bytes.at);
    return true;
}

/* Decodes base64 into `out`, which has room for PEM_MAX, stepping over white space. Stops at '='; {NULL, 0} when anything
 * else stands there. */
static span_t decode_base64(span_t text, uint8_t *out)
{
    uint32_t bits = 0;
    size_t   have = 0, size = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.at[i];
        unsigned value;
        if (c >= 'A' && c <= 'Z')
            value = (unsigned)(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = (unsigned)(c - 'a') + 26;
        else if (c >= '0' && c <= '9')
            value = (unsigned)(c - '0') + 52;
        else if (c == '+' || c == '/')
            value = c == '+' ? 62 : 63;
        else if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        else if (c == '=')
            break;
        else
            return (span_t){NULL, 0};
        bits = bits << 6 | value;
        if (++have % 4 != 1)
            out[size++] = (uint8_t)(bits >> (6 - 2 * ((have - 1) % 4)));
    }
    return span_from(out, size);
}

static bool label_ends_with(span_t label, const char *text)
{
    size_t size = strlen(text);
    return label.size >= size && memcmp(label.at + label.size - size, text, size) == 0;
}

/* Does the object hold data, not only the two lines, as in the strings of a program that reads keys? */
static bool holds_a_key(span_t body)
{
    size_t characters = 0;
    for (size_t i = 0; i < body.size; i++) {
        uint8_t c = body.at[i];
        characters += (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' ? 1 : 0;
        if (c < '\t' || c > '~')
            return false;
    }
    return characters >= KEY_CHARACTERS_MIN;
}

/* PKCS#8 says it in the label, the older formats in a header, OpenSSH by a cipher other than "none" (PROTOCOL.key, here in
 * base64, as it stands behind the fixed magic). */
static bool is_encrypted(const pem_t *pem)
{
    if (label_ends_with(pem->label, "OPENSSH PRIVATE KEY"))
        return find_in(pem->body, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU") == SIZE_MAX;
    return find_in(pem->label, "ENCRYPTED") != SIZE_MAX || find_in(pem->body, "Proc-Type: 4,ENCRYPTED") != SIZE_MAX;
}

static void examine_private_key(examination_t *e, const pem_t *pem, uint64_t offset)
{
    if (!holds_a_key(pem->body))
        return;
    bool       encrypted = is_encrypted(pem);
    span_t     begin     = span_sub(e->own->blob, offset, sizeof pem_begin - 1 + pem->label.size + 5); /* the key itself stays out of the report */
    evidence_t evidence  = {offset, pem->length, "pem", begin, encrypted ? 85 : 95};
    if (encrypted)
        say_finding(e, "private-key-encrypted", "private key, encrypted with a passphrase", "CWE-321", FINDING_SECRET, SEVERITY_MEDIUM, evidence);
    else
        say_finding(e, "private-key", "private key, not encrypted: whoever has the image has the key", "CWE-321", FINDING_SECRET, SEVERITY_HIGH, evidence);
}

static void examine_pem(examination_t *e, span_t range, uint64_t base)
{
    span_t begin = span_from_text(pem_begin);
    for (size_t at = 0; at < range.size;) {
        const uint8_t *found = memmem(range.at + at, range.size - at, begin.at, begin.size);
        if (found == NULL)
            return;
        at = (size_t)(found - range.at);
        pem_t pem;
        if (!pem_from(span_from_offset(range, at), &pem)) {
            at += begin.size;
            continue;
        }
        if (!count_object(e, base + at))
            return;
        if (label_ends_with(pem.label, "PRIVATE KEY"))
            examine_private_key(e, &pem, base + at);
        else if (label_ends_with(pem.label, "PUBLIC KEY")) {
            span_t   key = decode_base64(pem.body, e->decoded);
            sha256_t digest;
            if (key.at != NULL && status_ok(sha256_of(key, &digest)))
                origin_check_key(e->origin, &digest, base + at, pem.length, span_sub(range, at, pem.length), e->sink);
        } else if (label_ends_with(pem.label, "CERTIFICATE")) {
            span_t der = decode_base64(pem.body, e->decoded);
            if (der.at != NULL)
                (void)examine_certificate(e, der, base + at, pem.length);
        }
        at += (size_t)pem.length;
    }
}

/* ---- DER ------------------------------------------------------------------------------------------------------------ */

/* A SEQUENCE header that ends right at `end`; its start, and its whole size. */
static bool sequence_before(span_t range, size_t end, size_t *start, size_t *size)
{
    for (size_t header = 2; header <= 4; header++) {
        span_t bytes = end >= header ? span_sub(range, end - header, header) : (span_t){NULL, 0};
        if (bytes.at == NULL || bytes.at[0] != 0x30 || bytes.at[1] != (header == 2 ? bytes.at[1] & 0x7F : 0x80 + header - 2))
            continue;
        size_t content = header == 2 ? bytes.at[1] : header == 3 ? bytes.at[2] : (size_t)bytes.at[2] << 8 | bytes.at[3];
        *start         = end - header;
        *size          = header + content;
        return true;
    }
    return false;
}

static void examine_der(examination_t *e, span_t range, uint64_t base)
{
    for (size_t at = 0; at < range.size;) {
        const uint8_t *found = memmem(range.at + at, range.size - at, der_version, sizeof der_version);
        if (found == NULL)
            return;
        size_t version = (size_t)(found - range.at), inner, inner_size, outer, outer_size;
        at             = version + sizeof der_version;
        if (!sequence_before(range, version, &inner, &inner_size) || !sequence_before(range, inner, &outer, &outer_size))
            continue;
        span_t der = span_sub(range, outer, outer_size);
        if (der.at == NULL || inner_size >= outer_size || outer_size > DER_MAX)
            continue;
        if (!count_object(e, base + outer))
            return;
        if (examine_certificate(e, der, base + outer, outer_size))
            at = outer + outer_size;
    }
}

/* ---- a blob --------------------------------------------------------------------------------------------------------- */

void certificates_examine(const origin_t *origin, const own_bytes_t *own, arena_t *arena, sink_t *sink)
{
    examination_t e = {.origin = origin, .own = own, .arena = arena, .sink = sink, .decoded = arena_alloc(arena, PEM_MAX)};
    if (e.decoded == NULL) {
        sink_limit(sink, 0, own->blob.size, "memory", "out of memory: certificates and keys were not examined");
        return;
    }
    for (size_t i = 0; i < own->count; i++) {
        span_t range = own_span(own, i);
        examine_pem(&e, range, own->ranges[i].offset);
        examine_der(&e, range, own->ranges[i].offset);
    }
}

void certificates_prepare(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
    /* Reading a key fetches its decoder from the provider: let it do so once. */
    static const uint8_t key[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00, 0xD7, 0x5A, 0x98, 0x01, 0x82, 0xB1, 0x0A, 0xB7, 0xD5, 0x4B,
                                  0xFE, 0xD3, 0xC9, 0x64, 0x07, 0x3A, 0x0E, 0xE1, 0x72, 0xF3, 0xDA, 0xA6, 0x23, 0x25, 0xAF, 0x02, 0x1A, 0x68, 0xF7, 0x07, 0x51, 0x1A};
    const unsigned char *at = key;
    EVP_PKEY_free(d2i_PUBKEY(NULL, &at, sizeof key));
    ERR_clear_error();
}
