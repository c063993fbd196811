/* No package of Debian's checks these signatures without Java: the sample's builder computes them from the published layout, and 7z and
 * openssl judge the content and the certificate. */
#include "extractors/archive_common.h"
#include "support/archive_oracle.h"
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static void a_signed_package_is_explained_with_its_certificates(void **state)
{
    (void)state;
    sample_t     sample   = sample_build("apk", "");
    extraction_t e        = extraction_of("zip", sample_span(&sample));
    tree_t       expected = tree_of_command(sample.path, "7z x -y \"$1\" > /dev/null");
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_string_equal(extraction_fact(&e, "apk.signing-block"), "v2 v3 padding");
    assert_string_equal(extraction_fact(&e, "apk.digest"), "holds");
    for (size_t i = 0; i < expected.count; i++)
        if (expected.entries[i].type == CHILD_FILE)
            assert_true(sha256_equal(&expected.entries[i].sha256, &tree_entry(&e.tree, expected.entries[i].path)->sha256));
    const entry_t *certificate = tree_entry(&e.tree, "[apk-signing-block]/v2-signer0-0.der");
    assert_non_null(certificate);
    assert_non_null(tree_entry(&e.tree, "[apk-signing-block]/v3-signer0-0.der"));
    char directory[1024], path[1100];
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/certificate", directory);
    write_file(path, span_from(certificate->content, (size_t)certificate->size));
    run("openssl x509 -inform DER -in '%s' -noout -subject | grep -q 'ACME apps'", path);
    scratch_remove(directory);
    extraction_free(&e);
    tree_free(&expected);
    sample_free(&sample);
}

static void a_package_changed_after_it_was_signed_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("apk", "");
    uint8_t *name   = memmem(sample.at, sample.size, "res/raw", 7);
    assert_non_null(name);
    name[-19] ^= 1; /* the time in the local header, which nothing else checks */
    extraction_t e = extraction_of("zip", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "apk.digest"), "does not agree");
    assert_true(said(&e.damage, "SHA-256 in the APK Signing Block"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_block_with_invented_lengths_spoils_no_member(void **state)
{
    (void)state;
    sample_t       sample = sample_build("apk", "");
    const uint8_t *magic  = memmem(sample.at, sample.size, "APK Sig Block 42", 16);
    assert_non_null(magic);
    uint64_t end = (uint64_t)(magic - sample.at) + 16;
    reader_t r   = reader_at(sample_span(&sample), end - 24);
    uint64_t start = end - 8 - read_le64(&r);
    for (uint64_t at = start; at + 4 < end - 24; at += 3) {
        uint8_t kept[4];
        memcpy(kept, sample.at + at, 4);
        memset(sample.at + at, 0xFF, 4);
        extraction_t e = extraction_of("zip", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_false(tree_entry(&e.tree, "classes.dex")->damaged);
        extraction_free(&e);
        memcpy(sample.at + at, kept, 4);
    }
    sample_free(&sample);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_package_is_explained_with_its_certificates),
        cmocka_unit_test(a_package_changed_after_it_was_signed_is_told),
        cmocka_unit_test(a_block_with_invented_lengths_spoils_no_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
