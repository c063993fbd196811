#include "report/keys.h"

#include "report/dsse.h"
#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

enum { KEY_FILE_MAX = 1 << 16, SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 1 };

static status_t crypto(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_CRYPTO, "key", 0, what);
}

/* ---- passphrases ------------------------------------------------------------------------------------------------------ */

void passphrase_forget(passphrase_t *phrase) { OPENSSL_cleanse(phrase, sizeof *phrase); }

status_t passphrase_from_descriptor(int fd, passphrase_t *phrase)
{
    phrase->size = 0;
    for (;;) {
        char    c;
        ssize_t got = read(fd, &c, 1); /* byte by byte: what stands behind the line is not ours */
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return status_fail_io("passphrase", "cannot read");
        if (got == 0 || c == '\n')
            break;
        if (phrase->size == sizeof phrase->text - 1 || c == '\0')
            return status_fail(STATUS_INVALID, "passphrase", 0, "longer than 1023 bytes, or not text");
        phrase->text[phrase->size++] = c;
    }
    if (phrase->size > 0 && phrase->text[phrase->size - 1] == '\r')
        phrase->size--;
    phrase->text[phrase->size] = '\0';
    return phrase->size > 0 ? ok() : status_fail(STATUS_INVALID, "passphrase", 0, "the passphrase is empty");
}

status_t passphrase_from_file(const char *path, passphrase_t *phrase)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return status_fail_io("passphrase", "cannot open the file");
    status_t status = passphrase_from_descriptor(fd, phrase);
    (void)close(fd);
    return status;
}

status_t passphrase_from_terminal(const char *prompt, bool twice, passphrase_t *phrase)
{
    *phrase = (passphrase_t){0};
    if (EVP_read_pw_string(phrase->text, sizeof phrase->text, prompt, twice) != 0)
        return crypto(twice ? "no passphrase was given, or the two differ" : "no passphrase was given: there may be no terminal to ask on");
    phrase->size = strlen(phrase->text);
    return phrase->size > 0 ? ok() : status_fail(STATUS_INVALID, "passphrase", 0, "the passphrase is empty");
}

/* ---- making ----------------------------------------------------------------------------------------------------------- */

status_t key_generate(EVP_PKEY **key)
{
    *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return *key != NULL ? ok() : crypto("cannot make an Ed25519 key");
}

static bool take_memory(BIO *bio, buffer_t *out)
{
    char *at   = NULL;
    long  size = BIO_get_mem_data(bio, &at);
    if (size <= 0)
        return false;
    buffer_append(out, span_from(at, (size_t)size));
    return !out->failed;
}

static bool write_encrypted(BIO *bio, EVP_PKEY *key, const passphrase_t *phrase)
{
    PKCS8_PRIV_KEY_INFO *plain     = EVP_PKEY2PKCS8(key);
    X509_ALGOR          *scheme    = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    X509_SIG            *encrypted = NULL;
    if (plain != NULL && scheme != NULL)
        encrypted = PKCS8_set0_pbe(phrase->text, (int)phrase->size, plain, scheme);
    if (encrypted == NULL)
        X509_ALGOR_free(scheme);
    bool good = encrypted != NULL && PEM_write_bio_PKCS8(bio, encrypted) == 1;
    X509_SIG_free(encrypted);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return good;
}

status_t key_to_private_pem(EVP_PKEY *key, const passphrase_t *phrase, buffer_t *pem)
{
    BIO *bio  = BIO_new(BIO_s_secmem());
    bool good = bio != NULL &&
                (phrase != NULL ? write_encrypted(bio, key, phrase) : PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) &&
                take_memory(bio, pem);
    BIO_free(bio);
    return good ? ok() : crypto("cannot write the private key");
}

status_t key_to_public_pem(EVP_PKEY *key, buffer_t *pem)
{
    BIO *bio  = BIO_new(BIO_s_mem());
    bool good = bio != NULL && PEM_write_bio_PUBKEY(bio, key) == 1 && take_memory(bio, pem);
    BIO_free(bio);
    return good ? ok() : crypto("cannot write the public key");
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

typedef struct { const passphrase_t *phrase; bool asked; } question_t;

static int answer(char *out, int size, int writing, void *context)
{
    (void)writing;
    question_t *question = context;
    question->asked      = true;
    if (question->phrase == NULL || question->phrase->size > (size_t)size)
        return -1;
    memcpy(out, question->phrase->text, question->phrase->size);
    return (int)question->phrase->size;
}

static status_t read_pem(const char *path, buffer_t *pem, BIO **bio)
{
    status_t status = input_read(path, KEY_FILE_MAX, pem);
    if (!status_ok(status))
        return status;
    *bio = BIO_new_mem_buf(pem->at, (int)pem->size);
    return *bio != NULL ? ok() : crypto("out of memory");
}

static void close_pem(buffer_t *pem, BIO *bio)
{
    BIO_free(bio);
    if (pem->at != NULL)
        OPENSSL_cleanse(pem->at, pem->size);
    buffer_free(pem);
}

static status_t checked_key(EVP_PKEY **key, const char *missing)
{
    if (*key == NULL)
        return crypto(missing);
    status_t status = dsse_key_usable(*key);
    if (!status_ok(status)) {
        EVP_PKEY_free(*key);
        *key = NULL;
    }
    return status;
}

status_t key_load_private(const char *path, const passphrase_t *phrase, EVP_PKEY **key, bool *encrypted)
{
    buffer_t   pem      = {0};
    BIO       *bio      = NULL;
    question_t question = {.phrase = phrase};
    *key                = NULL;
    *encrypted          = false;
    status_t status     = read_pem(path, &pem, &bio);
    if (status_ok(status)) {
        *key       = PEM_read_bio_PrivateKey(bio, NULL, answer, &question);
        *encrypted = question.asked;
        status     = checked_key(key, !question.asked   ? "the file holds no private key in PEM"
                                      : phrase == NULL ? "the key is encrypted and no passphrase was given"
                                                       : "the key does not open: the passphrase is wrong");
    }
    close_pem(&pem, bio);
    return status;
}

status_t key_load_public(const char *path, EVP_PKEY **key)
{
    buffer_t pem    = {0};
    BIO     *bio    = NULL;
    *key            = NULL;
    status_t status = read_pem(path, &pem, &bio);
    if (status_ok(status)) {
        bool is_private = memmem(pem.at, pem.size, "PRIVATE KEY-----", 16) != NULL;
        if (!is_private)
            *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        X509 *certificate = NULL;
        if (!is_private && *key == NULL && BIO_reset(bio) == 1)
            certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (certificate != NULL)
            *key = X509_get_pubkey(certificate);
        X509_free(certificate);
        status = checked_key(key, is_private ? "this is a private key; verifying takes the public one" : "the file holds no public key in PEM");
    }
    close_pem(&pem, bio);
    return status;
}

status_t key_load_secret(const char *path, sha256_t *secret)
{
    passphrase_t line;
    status_t     status = passphrase_from_file(path, &line);
    if (status_ok(status) && !hex_decode(line.text, secret->bytes, sizeof secret->bytes))
        status = status_fail(STATUS_INVALID, "secret", 0, "the first line is not 64 hexadecimal digits");
    passphrase_forget(&line);
    return status;
}
