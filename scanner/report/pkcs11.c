#include "report/pkcs11.h"

#include "report/dsse.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

enum { SLOTS_MAX = 256, ATTRIBUTE_MAX = 2048, MATCHES = 2 };

/* PKCS#11 3.0, which the header of bookworm may be older than. */
#define MECHANISM_EDDSA 0x1057UL
#define KEY_EC_EDWARDS  0x40UL

struct pkcs11 {
    void             *module;
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE  key;
    CK_KEY_TYPE       type;
    EVP_PKEY         *public;
    bool              initialised, opened, asks_always; /* some tokens want the PIN again for every signature */
    passphrase_t      pin;
};

static status_t fail(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_CRYPTO, "pkcs11", 0, what);
}

/* ---- module and token ------------------------------------------------------------------------------------------------- */

static status_t load_module(pkcs11_t *t, const char *path)
{
    if (path == NULL || path[0] != '/')
        return fail("the URI names no module: add ?module-path=/usr/lib/….so, the library of the token's maker");
    t->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (t->module == NULL)
        return fail("the module cannot be loaded");
    CK_C_GetFunctionList get = NULL;
    void                *symbol = dlsym(t->module, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof get); /* C has no conversion from an object's to a function's address */
    if (get == NULL || get(&t->f) != CKR_OK || t->f == NULL)
        return fail("the module is no PKCS#11 module");
    if (t->f->C_Initialize(NULL) != CKR_OK)
        return fail("the module does not start: its configuration may be missing");
    t->initialised = true;
    return ok();
}

static status_t find_token(pkcs11_t *t, P11KitUri *uri, CK_SLOT_ID *slot, CK_TOKEN_INFO *info)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG   count = SLOTS_MAX;
    size_t     found = 0;
    if (t->f->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
        return fail("the module does not list its tokens");
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO one;
        if (t->f->C_GetTokenInfo(slots[i], &one) == CKR_OK && (one.flags & CKF_TOKEN_INITIALIZED) != 0 && p11_kit_uri_match_token_info(uri, &one) == 1) {
            *slot = slots[i];
            *info = one;
            found++;
        }
    }
    return found == 1 ? ok() : fail(found == 0 ? "no token matches the URI" : "more than one token matches the URI: name it by token= and serial=");
}

static status_t open_session(pkcs11_t *t, CK_SLOT_ID slot, const CK_TOKEN_INFO *info, const passphrase_t *pin, bool *needs_pin)
{
    if (t->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session) != CKR_OK)
        return fail("the token gives no session");
    t->opened = true;
    if ((info->flags & CKF_LOGIN_REQUIRED) == 0)
        return ok();
    bool on_reader = (info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0; /* the token asks itself */
    *needs_pin     = pin == NULL && !on_reader;
    if (*needs_pin)
        return fail("the token wants a PIN");
    if (pin != NULL)
        t->pin = *pin;
    CK_RV said = t->f->C_Login(t->session, CKU_USER, on_reader ? NULL : (CK_UTF8CHAR *)t->pin.text, on_reader ? 0 : (CK_ULONG)t->pin.size);
    if (said == CKR_PIN_LOCKED)
        return fail("the PIN is locked after too many wrong ones");
    return said == CKR_OK ? ok() : fail("the token refuses the PIN");
}

/* ---- objects ---------------------------------------------------------------------------------------------------------- */

static size_t find(pkcs11_t *t, CK_ATTRIBUTE *wanted, CK_ULONG count, CK_OBJECT_HANDLE found[MATCHES])
{
    CK_ULONG number = 0;
    if (t->f->C_FindObjectsInit(t->session, wanted, count) != CKR_OK)
        return 0;
    if (t->f->C_FindObjects(t->session, found, MATCHES, &number) != CKR_OK)
        number = 0;
    (void)t->f->C_FindObjectsFinal(t->session);
    return number;
}

/* An attribute's bytes in `out`; their number, 0 when the object has no such attribute or a larger one. */
static size_t attribute(pkcs11_t *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out, size_t size)
{
    CK_ATTRIBUTE one = {type, out, size};
    return t->f->C_GetAttributeValue(t->session, object, &one, 1) == CKR_OK && one.ulValueLen <= size ? one.ulValueLen : 0;
}

static status_t find_private(pkcs11_t *t, P11KitUri *uri)
{
    CK_OBJECT_CLASS  class   = CKO_PRIVATE_KEY;
    CK_BBOOL         yes     = CK_TRUE, always = CK_FALSE;
    CK_ATTRIBUTE     wanted[4] = {{CKA_CLASS, &class, sizeof class}, {CKA_SIGN, &yes, sizeof yes}};
    CK_ULONG         count     = 2;
    CK_OBJECT_HANDLE found[MATCHES];
    const CK_ATTRIBUTE_TYPE named[] = {CKA_LABEL, CKA_ID};
    for (size_t i = 0; i < 2; i++) {
        CK_ATTRIBUTE *one = p11_kit_uri_get_attribute(uri, named[i]);
        if (one != NULL)
            wanted[count++] = *one;
    }
    size_t number = find(t, wanted, count, found);
    if (number != 1)
        return fail(number == 0 ? "the token has no private key that signs and matches the URI" : "more than one private key matches the URI: name it by object= and id=");
    t->key         = found[0];
    t->asks_always = attribute(t, t->key, CKA_ALWAYS_AUTHENTICATE, &always, sizeof always) == sizeof always && always != CK_FALSE;
    return attribute(t, t->key, CKA_KEY_TYPE, &t->type, sizeof t->type) == sizeof t->type ? ok() : fail("the key has no type");
}

/* ---- its public half -------------------------------------------------------------------------------------------------- */

static EVP_PKEY *from_parameters(const char *kind, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM   *params  = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY     *key     = NULL;
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(pkcs11_t *t, CK_OBJECT_HANDLE object)
{
    uint8_t         n[ATTRIBUTE_MAX], e[64];
    size_t          n_size = attribute(t, object, CKA_MODULUS, n, sizeof n), e_size = attribute(t, object, CKA_PUBLIC_EXPONENT, e, sizeof e);
    OSSL_PARAM_BLD *builder  = OSSL_PARAM_BLD_new();
    BIGNUM         *modulus  = BN_bin2bn(n, (int)n_size, NULL), *exponent = BN_bin2bn(e, (int)e_size, NULL);
    EVP_PKEY       *key      = NULL;
    if (n_size > 0 && e_size > 0 && builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = from_parameters("RSA", builder);
    BN_free(modulus);
    BN_free(exponent);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/* The point is a DER octet string; some modules leave the two bytes in front away. */
static span_t point_of(const uint8_t *at, size_t size, size_t wanted)
{
    span_t all = span_from(at, size);
    return size == wanted + 2 && at[0] == 0x04 && at[1] == wanted ? span_from_offset(all, 2) : size == wanted ? all : span_from(NULL, 0);
}

static EVP_PKEY *ec_key(pkcs11_t *t, CK_OBJECT_HANDLE object)
{
    static const struct { const char *name; uint8_t oid[10]; size_t oid_size, point; } curves[] = {
        {"prime256v1", {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 10, 65},
        {"secp384r1", {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}, 7, 97},
    };
    uint8_t   params[64], point[256];
    size_t    params_size = attribute(t, object, CKA_EC_PARAMS, params, sizeof params), point_size = attribute(t, object, CKA_EC_POINT, point, sizeof point);
    EVP_PKEY *key         = NULL;
    if (t->type == KEY_EC_EDWARDS) {
        span_t raw = point_of(point, point_size, 32);
        return raw.at != NULL ? EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw.at, raw.size) : NULL;
    }
    for (size_t i = 0; i < 2 && key == NULL; i++) {
        span_t          raw     = point_of(point, point_size, curves[i].point);
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        if (raw.at != NULL && builder != NULL && span_equal(span_from(params, params_size), span_from(curves[i].oid, curves[i].oid_size)) &&
            OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curves[i].name, 0) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, raw.at, raw.size) == 1)
            key = from_parameters("EC", builder);
        OSSL_PARAM_BLD_free(builder);
    }
    return key;
}

/* By the id that both halves have in common, else by the label. */
static status_t find_public(pkcs11_t *t)
{
    const CK_ATTRIBUTE_TYPE names[] = {CKA_ID, CKA_LABEL};
    CK_OBJECT_CLASS  class     = CKO_PUBLIC_KEY;
    CK_OBJECT_HANDLE found[MATCHES];
    for (size_t i = 0; i < 2 && t->public == NULL; i++) {
        uint8_t      name[ATTRIBUTE_MAX];
        size_t       size   = attribute(t, t->key, names[i], name, sizeof name);
        CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &t->type, sizeof t->type}, {names[i], name, size}};
        if (size > 0 && find(t, wanted, 3, found) == 1)
            t->public = t->type == CKK_RSA ? rsa_key(t, found[0]) : ec_key(t, found[0]);
    }
    if (t->public == NULL && t->type == CKK_RSA)
        t->public = rsa_key(t, t->key); /* its numbers stand with the private half as well */
    return t->public != NULL ? dsse_key_usable(t->public) : fail("the token has no public key of a kind that is used, beside the private one");
}

static status_t open_with(pkcs11_t *t, P11KitUri *uri, const passphrase_t *pin, bool *needs_pin)
{
    CK_SLOT_ID    slot = 0;
    CK_TOKEN_INFO info = {0};
    status_t      status = load_module(t, p11_kit_uri_get_module_path(uri));
    if (status_ok(status))
        status = find_token(t, uri, &slot, &info);
    if (status_ok(status))
        status = open_session(t, slot, &info, pin, needs_pin);
    if (status_ok(status))
        status = find_private(t, uri);
    return status_ok(status) ? find_public(t) : status;
}

status_t pkcs11_open(const char *uri, const passphrase_t *pin, pkcs11_t **token, EVP_PKEY **key, bool *needs_pin)
{
    P11KitUri *parsed = p11_kit_uri_new();
    pkcs11_t  *t      = calloc(1, sizeof *t);
    status_t   status = parsed != NULL && t != NULL ? ok() : status_fail(STATUS_MEMORY, "pkcs11", 0, "out of memory");
    *token            = NULL;
    *key              = NULL;
    *needs_pin        = false;
    if (status_ok(status) && p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, parsed) != P11_KIT_URI_OK)
        status = fail("this is no PKCS#11 URI (RFC 7512)");
    if (status_ok(status) && (p11_kit_uri_get_pin_value(parsed) != NULL || p11_kit_uri_get_pin_source(parsed) != NULL))
        status = fail("a PIN does not belong into the URI: give it by --passphrase-file or --passphrase-fd");
    if (status_ok(status) && p11_kit_uri_any_unrecognized(parsed))
        status = fail("the URI has an attribute that is not known");
    if (status_ok(status))
        status = open_with(t, parsed, pin, needs_pin);
    p11_kit_uri_free(parsed);
    if (status_ok(status) && EVP_PKEY_up_ref(t->public) == 1) {
        *key   = t->public;
        *token = t;
        return ok();
    }
    pkcs11_close(t);
    return status;
}

/* ---- signing ---------------------------------------------------------------------------------------------------------- */

static status_t sign_raw(pkcs11_t *t, CK_MECHANISM *mechanism, span_t bytes, uint8_t *out, size_t *size)
{
    CK_ULONG length = DSSE_SIGNATURE_BYTES_MAX;
    if (t->f->C_SignInit(t->session, mechanism, t->key) != CKR_OK)
        return fail("the token does not know the way of signing, or does not allow the key to be used for it");
    if (t->asks_always && t->f->C_Login(t->session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)t->pin.text, (CK_ULONG)t->pin.size) != CKR_OK)
        return fail("the token refuses the PIN for this signature");
    if (t->f->C_Sign(t->session, (CK_BYTE *)(uintptr_t)bytes.at, bytes.size, out, &length) != CKR_OK || length > DSSE_SIGNATURE_BYTES_MAX)
        return fail("the token does not sign: what is to be signed may be too large for it");
    *size = length;
    return ok();
}

/* r‖s to DER. */
static status_t put_ecdsa(const uint8_t *raw, size_t size, buffer_t *signature)
{
    ECDSA_SIG     *pair = ECDSA_SIG_new();
    BIGNUM        *r    = BN_bin2bn(raw, (int)(size / 2), NULL), *s = BN_bin2bn(raw + size / 2, (int)(size / 2), NULL);
    unsigned char *der  = NULL;
    int            der_size = 0;
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s    = NULL;
        der_size = i2d_ECDSA_SIG(pair, &der);
    }
    if (der_size > 0)
        buffer_append(signature, span_from(der, (size_t)der_size));
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return der_size > 0 && !signature->failed ? ok() : fail("out of memory");
}

status_t pkcs11_sign(pkcs11_t *t, span_t pae, buffer_t *signature)
{
    CK_RSA_PKCS_PSS_PARAMS pss       = {CKM_SHA256, CKG_MGF1_SHA256, SHA256_SIZE};
    CK_MECHANISM           mechanism = {MECHANISM_EDDSA, NULL, 0};
    uint8_t                raw[DSSE_SIGNATURE_BYTES_MAX], digest[EVP_MAX_MD_SIZE];
    unsigned               digest_size = 0;
    size_t                 size        = 0;
    span_t                 bytes       = pae;
    if (t->type == CKK_RSA)
        mechanism = (CK_MECHANISM){CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss};
    if (t->type == CKK_EC) {
        const EVP_MD *hash = EVP_PKEY_get_bits(t->public) == 384 ? EVP_sha384() : EVP_sha256();
        if (EVP_Digest(pae.at, pae.size, digest, &digest_size, hash, NULL) != 1)
            return fail("the digest could not be computed");
        mechanism.mechanism = CKM_ECDSA;
        bytes               = span_from(digest, digest_size);
    }
    status_t status = sign_raw(t, &mechanism, bytes, raw, &size);
    if (status_ok(status) && t->type == CKK_EC)
        return size > 0 && size % 2 == 0 ? put_ecdsa(raw, size, signature) : fail("the token's signature is of an odd size");
    if (status_ok(status))
        buffer_append(signature, span_from(raw, size));
    return status;
}

void pkcs11_close(pkcs11_t *token)
{
    if (token == NULL)
        return;
    if (token->opened)
        (void)token->f->C_CloseSession(token->session);
    if (token->initialised)
        (void)token->f->C_Finalize(NULL);
    if (token->module != NULL)
        (void)dlclose(token->module);
    EVP_PKEY_free(token->public);
    passphrase_forget(&token->pin);
    free(token);
}
