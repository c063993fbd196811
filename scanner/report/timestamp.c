#include "report/timestamp.h"

#include "base/sha256.h"
#include "report/chain.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

enum { NONCE_BYTES = 8 };

static status_t crypto(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_CRYPTO, "timestamp", 0, what);
}

static bool set_imprint(TS_REQ *request, span_t signature)
{
    sha256_t          digest;
    TS_MSG_IMPRINT   *imprint   = TS_MSG_IMPRINT_new();
    X509_ALGOR       *algorithm = X509_ALGOR_new();
    bool good = imprint != NULL && algorithm != NULL && status_ok(sha256_of(signature, &digest)) &&
                X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 && TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                TS_MSG_IMPRINT_set_msg(imprint, digest.bytes, sizeof digest.bytes) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1;
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algorithm);
    return good;
}

static bool set_nonce(TS_REQ *request)
{
    uint8_t       bytes[NONCE_BYTES];
    BIGNUM       *number = RAND_bytes(bytes, sizeof bytes) == 1 ? BN_bin2bn(bytes, sizeof bytes, NULL) : NULL;
    ASN1_INTEGER *nonce  = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    bool          good   = nonce != NULL && TS_REQ_set_nonce(request, nonce) == 1;
    ASN1_INTEGER_free(nonce);
    BN_free(number);
    return good;
}

status_t timestamp_query(span_t signature, buffer_t *query)
{
    TS_REQ        *request = TS_REQ_new();
    unsigned char *der     = NULL;
    bool good = request != NULL && TS_REQ_set_version(request, 1) == 1 && set_imprint(request, signature) && set_nonce(request) &&
                TS_REQ_set_cert_req(request, 1) == 1;
    int  size = good ? i2d_TS_REQ(request, &der) : -1;
    if (size > 0)
        buffer_append(query, span_from(der, (size_t)size));
    OPENSSL_free(der);
    TS_REQ_free(request);
    return size > 0 && !query->failed ? ok() : crypto("the query could not be made");
}

/* Signature by whom it says, version, and over these bytes. The store may be NULL: then only the bytes are compared. */
static bool token_stands(PKCS7 *token, span_t signature, X509_STORE *store)
{
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    BIO           *data    = BIO_new_mem_buf(signature.at, (int)signature.size);
    bool           stands  = false;
    if (context != NULL && data != NULL) {
        (void)TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_DATA | (store != NULL ? TS_VFY_SIGNATURE : 0));
        (void)TS_VERIFY_CTX_set_data(context, data);
        if (store != NULL && X509_STORE_up_ref(store) == 1)
            (void)TS_VERIFY_CTX_set_store(context, store);
        stands = TS_RESP_verify_token(context, token) == 1;
    } else {
        BIO_free(data);
    }
    TS_VERIFY_CTX_free(context); /* with data and store */
    ERR_clear_error();
    return stands;
}

status_t timestamp_token(span_t answer, span_t signature, buffer_t *token)
{
    const uint8_t *at       = answer.at;
    TS_RESP       *response = answer.size <= DSSE_EXTRA_BYTES_MAX ? d2i_TS_RESP(NULL, &at, (long)answer.size) : NULL;
    unsigned char *der      = NULL;
    status_t       status   = ok();
    if (response == NULL || at != answer.at + answer.size)
        status = crypto("this is no answer of a time-stamp authority");
    else if (ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response))) > 1 || TS_RESP_get_token(response) == NULL)
        status = crypto("the authority did not grant the time stamp");
    else if (!token_stands(TS_RESP_get_token(response), signature, NULL))
        status = crypto("the time stamp is over other bytes than this signature");
    int size = status_ok(status) ? i2d_PKCS7(TS_RESP_get_token(response), &der) : 0;
    if (size > 0)
        buffer_append(token, span_from(der, (size_t)size));
    OPENSSL_free(der);
    TS_RESP_free(response);
    return status_ok(status) && (size <= 0 || token->failed) ? crypto("out of memory") : status;
}

static bool time_of(PKCS7 *token, time_t *when)
{
    TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);
    struct tm    utc;
    bool         good = info != NULL && ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &utc) == 1;
    if (good)
        *when = timegm(&utc);
    TS_TST_INFO_free(info);
    return good;
}

status_t timestamp_check(span_t token, span_t signature, const char *ca_path, time_t *when, bool *expired)
{
    const uint8_t *at     = token.at;
    PKCS7         *pkcs7  = d2i_PKCS7(NULL, &at, (long)token.size);
    X509_STORE    *store  = NULL;
    status_t       status = pkcs7 != NULL && at == token.at + token.size && time_of(pkcs7, when) ? chain_store(ca_path, NULL, &store)
                                                                                                : crypto("this is no time stamp");
    if (status_ok(status)) {
        *expired = !token_stands(pkcs7, signature, store);
        if (*expired) { /* it may be right for its own time */
            X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), *when);
            if (!token_stands(pkcs7, signature, store))
                status = crypto("the time stamp is over other bytes, or not by an authority that is trusted");
        }
    }
    X509_STORE_free(store);
    PKCS7_free(pkcs7);
    ERR_clear_error();
    return status;
}
