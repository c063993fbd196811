/* Certificates, keys and what is signed, as DER, PEM and OpenPGP. OpenSSL made the samples and says here what they hold; the packets of OpenPGP come
 * from a builder, and GnuPG (where it is there) reads them. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct { const char *format, *variant, *fact, *value, *oracle; unsigned limits, children; } row_t;

static const row_t rows[] = {
    {"x509", "", "x509.serial", "0badc0de01", "openssl x509 -inform DER -in $1 -noout -serial | grep -qx serial=0BADC0DE01", 0, 0},
    {"x509", "ec", "x509.version", "3", "openssl x509 -inform DER -in $1 -noout -text | grep -q 'Version: 3'", 0, 0},
    {"x509", "v1", "x509.version", "1", "openssl x509 -inform DER -in $1 -noout -text | grep -q 'Version: 1'", 0, 0},
    {"x509", "", "x509.not-after", "491231235959Z", "openssl x509 -inform DER -in $1 -noout -enddate | grep -q 'Dec 31 23:59:59 2049'", 0, 0},
    {"der_key", "", "key.kind", "RSA private key", "openssl rsa -inform DER -in $1 -check -noout", 0, 0},
    {"der_key", "pkcs8", "key.kind", "private key", "openssl pkey -inform DER -in $1 -noout", 0, 0},
    {"der_key", "ec", "key.kind", "EC private key", "openssl ec -inform DER -in $1 -noout", 0, 0},
    {"der_key", "ec-pkcs8", "key.kind", "private key", "openssl pkey -inform DER -in $1 -noout", 0, 0},
    {"der_key", "encrypted", "key.kind", "encrypted private key", "openssl pkcs8 -inform DER -in $1 -passin pass:sample -out key", 1, 0},
    {"der_key", "public", "key.kind", "public key", "openssl pkey -pubin -inform DER -in $1 -noout", 0, 0},
    {"pkcs7", "", "pkcs7.signers", "1", "openssl smime -verify -noverify -inform DER -in $1", 0, 1},
    {"pkcs7", "certificates", "pkcs7.certificates", "1", "openssl pkcs7 -inform DER -in $1 -print_certs | grep -q sample.invalid", 0, 1},
    {"pkcs7", "pkcs12", NULL, NULL, "openssl pkcs12 -in $1 -passin pass:sample -nodes -out all", 1, 0},
    {"pem", "", "pem.blocks", "2", "openssl x509 -in $1 -noout && openssl ec -in $1 -noout", 0, 0},
    {"pem", "encrypted", "pem.blocks", "1", "openssl rsa -in $1 -passin pass:sample -noout", 1, 0},
    {"pem", "bundle", "pem.blocks", "2", "openssl x509 -in $1 -noout", 0, 0},
    {"openpgp", "", "openpgp.keys", "1", "! command -v gpg || GNUPGHOME=. gpg --list-packets $1 | grep -q 'public key packet'", 0, 0},
    {"openpgp", "secret", "openpgp.secret-keys", "yes", "! command -v gpg || GNUPGHOME=. gpg --list-packets $1 | grep -q 'secret key packet'", 0, 0},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void each_is_proven_to_its_last_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const row_t *row    = &rows[i];
        sample_t     sample = sample_build(row->format, row->variant);
        extraction_t e      = extraction_of(row->format, sample_span(&sample));
        char         scratch[1024];
        if (!status_ok(e.status) || e.bits < BITS_ELSEWHERE || e.extent != sample.size || explained_ppm(&e) != 1000000 || e.damage.count > 0 ||
            e.limits.count != row->limits || e.tree.count != row->children)
            fail_msg("%s %s: %u bits, extent %llu of %zu, %llu ppm, %zu damages, %zu limits, %zu children", row->format, row->variant, e.bits,
                     (unsigned long long)e.extent, sample.size, (unsigned long long)explained_ppm(&e), e.damage.count, e.limits.count, e.tree.count);
        const char *value = row->fact != NULL ? extraction_fact(&e, row->fact) : "";
        if (row->fact != NULL && (value == NULL || strcmp(value, row->value) != 0))
            fail_msg("%s %s: %s is %s", row->format, row->variant, row->fact, value != NULL ? value : "missing");
        scratch_make(scratch);
        run("cd %s && set -- %s && { %s; } > said 2>&1", scratch, sample.path, row->oracle);
        scratch_remove(scratch);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void the_certificate_in_signed_data_is_the_one_that_signed(void **state)
{
    (void)state;
    sample_t       message = sample_build("pkcs7", ""), certificate = sample_build("x509", "");
    extraction_t   e       = extraction_of("pkcs7", sample_span(&message));
    const entry_t *entry   = tree_entry(&e.tree, "certificate.der");
    assert_non_null(entry);
    assert_int_equal(entry->size, certificate.size);
    assert_memory_equal(entry->content, certificate.at, certificate.size);
    extraction_free(&e);
    sample_free(&certificate);
    sample_free(&message);
}

/* Each length, tag and algorithm counts: a wrong one makes it something else. Names, numbers, keys may hold anything. */
static void a_certificate_with_a_wrong_length_is_none(void **state)
{
    (void)state;
    static const size_t places[] = {0, 1, 3, 4, 5, 7, 8, 9};
    sample_t            sample   = sample_build("x509", "");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint8_t kept = sample.at[places[i]];
        sample.at[places[i]] = (uint8_t)(kept - 1);
        if (extractor_named("x509")->probe(sample_span(&sample)) >= BITS_ELSEWHERE)
            fail_msg("a certificate with another byte at %zu is still one", places[i]);
        sample.at[places[i]] = kept;
    }
    sample_free(&sample);
}

static void a_certificate_that_is_cut_off_is_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("x509", "");
    extraction_t e      = extraction_of("x509", span_clip(sample_span(&sample), 0, sample.size / 2));
    assert_true(e.bits >= BITS_AT_START && e.bits < BITS_ELSEWHERE && status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_block_that_does_not_decode_is_none(void **state)
{
    (void)state;
    sample_t       sample = sample_build("pem", "");
    const uint8_t *second = memmem(sample.at + 1, sample.size - 1, "-----BEGIN ", 11);
    assert_non_null(second);
    sample.at[second - sample.at + 60] ^= 1;
    extraction_t e = extraction_of("pem", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(extractor_named("pem")->probe(sample_span(&sample)), 96);
    extraction_free(&e);
    sample.at[40] = 1;
    assert_int_equal(extractor_named("pem")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_proven_to_its_last_byte),
        cmocka_unit_test(the_certificate_in_signed_data_is_the_one_that_signed),
        cmocka_unit_test(a_certificate_with_a_wrong_length_is_none),
        cmocka_unit_test(a_certificate_that_is_cut_off_is_told),
        cmocka_unit_test(a_block_that_does_not_decode_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
