#include "report/chain.h"

#include "base/utf8.h"
#include "report/output.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { PEM_FILE_MAX = 16 << 20, CERTIFICATES_MAX = 4096, CHAIN_DEPTH = 16 };

static status_t crypto(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_CRYPTO, "certificate", 0, what);
}

static status_t read_pem(const char *path, STACK_OF(X509_INFO) **items)
{
    buffer_t pem    = {0};
    status_t status = input_read(path, PEM_FILE_MAX, &pem);
    *items          = NULL;
    if (status_ok(status)) {
        BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.size);
        *items   = bio != NULL ? PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL) : NULL;
        BIO_free(bio);
        if (*items == NULL || sk_X509_INFO_num(*items) > CERTIFICATES_MAX)
            status = crypto("the file is no PEM of certificates or revocation lists");
    }
    buffer_free(&pem);
    return status;
}

static status_t fill_store(const char *path, bool crls, X509_STORE *store)
{
    STACK_OF(X509_INFO) *items;
    int                  found  = 0;
    status_t             status = read_pem(path, &items);
    for (int i = 0; status_ok(status) && i < sk_X509_INFO_num(items); i++) {
        const X509_INFO *item = sk_X509_INFO_value(items, i);
        bool             good = true;
        if (crls && item->crl != NULL)
            good = X509_STORE_add_crl(store, item->crl) == 1 && ++found > 0;
        else if (!crls && item->x509 != NULL)
            good = X509_STORE_add_cert(store, item->x509) == 1 && ++found > 0;
        if (!good)
            status = crypto("the file cannot be used");
    }
    sk_X509_INFO_pop_free(items, X509_INFO_free);
    if (status_ok(status) && found == 0)
        status = crypto(crls ? "the file holds no revocation list in PEM" : "the file holds no certificate in PEM");
    return status;
}

status_t chain_store(const char *ca_path, const char *crl_path, X509_STORE **store)
{
    *store          = X509_STORE_new();
    status_t status = *store != NULL ? fill_store(ca_path, false, *store) : crypto("out of memory");
    if (status_ok(status) && crl_path != NULL)
        status = fill_store(crl_path, true, *store);
    if (status_ok(status) && X509_STORE_set_flags(*store, X509_V_FLAG_X509_STRICT | (crl_path != NULL ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0)) != 1)
        status = crypto("out of memory");
    if (!status_ok(status)) {
        X509_STORE_free(*store);
        *store = NULL;
    }
    return status;
}

static bool is_of_key(const X509 *certificate, const char *keyid)
{
    char      own[SHA256_HEX];
    EVP_PKEY *key  = X509_get0_pubkey(certificate);
    bool      same = key != NULL && status_ok(dsse_keyid(key, own)) && strcmp(own, keyid) == 0;
    ERR_clear_error();
    return same;
}

status_t chain_attach(const char *path, const char *keyid, dsse_envelope_t *envelope)
{
    STACK_OF(X509_INFO) *items;
    status_t             status = read_pem(path, &items);
    int                  added  = 0;
    for (int i = 0; status_ok(status) && i < sk_X509_INFO_num(items); i++) {
        X509          *certificate = sk_X509_INFO_value(items, i)->x509;
        unsigned char *der         = NULL;
        if (certificate == NULL)
            continue;
        if (added == 0 && !is_of_key(certificate, keyid)) {
            status = crypto("the first certificate of the chain is not of the signing key");
            break;
        }
        int size = i2d_X509(certificate, &der);
        status   = size > 0 ? dsse_add_extra(envelope, DSSE_CERTIFICATE, keyid, span_from(der, (size_t)size)) : crypto("out of memory");
        OPENSSL_free(der);
        added++;
    }
    sk_X509_INFO_pop_free(items, X509_INFO_free);
    return status_ok(status) && added == 0 ? crypto("the file holds no certificate in PEM") : status;
}

/* ---- checking --------------------------------------------------------------------------------------------------------- */

/* All certificates that the envelope carries, and which of them is of the key. */
static STACK_OF(X509) *carried(const dsse_envelope_t *envelope, const char *keyid, X509 **leaf)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    *leaf               = NULL;
    for (size_t i = 0; all != NULL && i < envelope->extra_count; i++) {
        const dsse_extra_t *extra = &envelope->extras[i];
        const uint8_t      *at    = extra->der.at;
        X509 *certificate = extra->kind == DSSE_CERTIFICATE ? d2i_X509(NULL, &at, (long)extra->der.size) : NULL;
        if (certificate == NULL)
            continue;
        if (sk_X509_push(all, certificate) <= 0)
            X509_free(certificate);
        else if (*leaf == NULL && is_of_key(certificate, keyid))
            *leaf = certificate;
    }
    ERR_clear_error();
    return all;
}

static chain_result_t result_of(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return CHAIN_EXPIRED;
    case X509_V_ERR_CERT_REVOKED: return CHAIN_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER: return CHAIN_NO_CRL;
    default: return CHAIN_UNTRUSTED;
    }
}

/* What is not restricted may sign; what is restricted must name signatures, and code signing, which is the nearest use that there is. */
static bool may_sign(X509 *certificate)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    if ((flags & EXFLAG_INVALID) != 0 || X509_check_ca(certificate) == 1)
        return false;
    if ((flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
        return false;
    return (flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(certificate) & (XKU_CODE_SIGN | XKU_ANYEKU)) != 0;
}

static void name_of(const X509 *certificate, buffer_t *subject)
{
    BIO  *bio  = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        long size = BIO_get_mem_data(bio, &text);
        escape_text(span_from(text, size > 0 ? (size_t)size : 0), subject);
    }
    BIO_free(bio);
}

chain_result_t chain_check(const dsse_envelope_t *envelope, const char *keyid, X509_STORE *store, time_t at, EVP_PKEY **key, buffer_t *subject, const char **why)
{
    X509           *leaf;
    STACK_OF(X509) *all     = carried(envelope, keyid, &leaf);
    X509_STORE_CTX *context = leaf != NULL ? X509_STORE_CTX_new() : NULL;
    chain_result_t  result  = leaf != NULL ? CHAIN_UNTRUSTED : CHAIN_ABSENT;
    *key                    = NULL;
    *why                    = "";
    if (context != NULL && X509_STORE_CTX_init(context, store, leaf, all) == 1) {
        X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), at);
        X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(context), CHAIN_DEPTH);
        bool good = X509_verify_cert(context) == 1;
        int  code = X509_STORE_CTX_get_error(context);
        *why      = X509_verify_cert_error_string(code);
        result    = !good ? result_of(code) : may_sign(leaf) ? CHAIN_GOOD : CHAIN_NOT_FOR_THIS;
    }
    if (result == CHAIN_GOOD) {
        *key = X509_get_pubkey(leaf);
        name_of(leaf, subject);
        if (*key == NULL)
            result = CHAIN_UNTRUSTED;
    }
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(all, X509_free);
    ERR_clear_error();
    return result;
}
