#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static void a_pe_file_is_explained_up_to_its_certificates(void **state)
{
    (void)state;
    static const char *const variants[] = {"64", "32"}, *machines[] = {"x86-64", "x86"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("pe", variants[i]);
        extraction_t e      = extraction_of("pe", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_string_equal(extraction_fact(&e, "pe.machine"), machines[i]);
        assert_string_equal(extraction_fact(&e, "pe.subsystem"), "efi-application");
        assert_string_equal(extraction_fact(&e, "pe.signed"), "yes");
        /* objdump sees two sections, too */
        assert_int_equal(run_status("objdump -h '%s' | grep -c CONTENTS | grep -qx 2", sample.path), 0);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void an_overlay_is_left_to_others(void **state)
{
    (void)state;
    sample_t sample = sample_build("pe", "");
    uint8_t *longer = calloc(1, sample.size + 500);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    assert_int_equal(extractor_named("pe")->extent(span_from(longer, sample.size + 500)), sample.size);
    free(longer);
    sample_free(&sample);
}

static void a_dos_program_is_no_pe_file(void **state)
{
    (void)state;
    sample_t sample = sample_build("pe", "");
    sample.at[0x80] = 'N';
    assert_int_equal(extractor_named("pe")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

/* Oracles: 7z (resources), osslsigncode (the signature). */
static void resources_version_and_signature_are_those_that_others_see(void **state)
{
    (void)state;
    static const char *const resources[] = {".rsrc/MANIFEST/1", ".rsrc/DIALOG/105", ".rsrc/GROUP_ICON/103"};
    static const char *const facts[][2]  = {
        {"pe.version", "4.2.1.7"}, {"pe.file-version", "4.2.1"}, {"pe.company", "ACME Networks"}, {"pe.product", "Switch Manager"},
        {"pe.original-filename", "manager.exe"}, {"pe.description", "Manages switches"}, {"pe.copyright", "ACME"}, {"pe.signed", "yes"},
    };
    sample_t     sample   = sample_build("pe", "signed");
    extraction_t e        = extraction_of("pe", sample_span(&sample));
    tree_t       expected = tree_of_command(sample.path, "7z x -y -tPE \"$1\" > /dev/null");
    assert_int_equal(e.damage.count, 0);
    for (size_t i = 0; i < 3; i++) {
        const entry_t *ours = tree_entry(&e.tree, resources[i]), *theirs = tree_entry(&expected, resources[i]);
        assert_non_null(ours);
        assert_non_null(theirs);
        assert_true(sha256_equal(&ours->sha256, &theirs->sha256));
    }
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        assert_string_equal(extraction_fact(&e, facts[i][0]), facts[i][1]);
    const entry_t *signature = tree_entry(&e.tree, ".certificates/0.p7b");
    assert_non_null(signature);
    char directory[1024], path[1100];
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/0.p7b", directory);
    write_file(path, span_from(signature->content, (size_t)signature->size));
    run("osslsigncode extract-signature -in '%s' -out '%s.expected' > /dev/null", sample.path, path);
    run("openssl pkcs7 -inform DER -in '%s' -print_certs | grep -q 'ACME code signing' && cmp -n %llu '%s' '%s.expected'", path,
        (unsigned long long)signature->size, path, path);
    scratch_remove(directory);
    extraction_free(&e);
    tree_free(&expected);
    sample_free(&sample);
}

static void a_tree_of_resources_that_comes_back_ends(void **state)
{
    (void)state;
    sample_t      sample = sample_build("pe", "signed");
    extraction_t  whole  = extraction_of("pe", sample_span(&sample));
    const uint8_t start[] = {'.', 'r', 's', 'r', 'c', 0, 0, 0};
    uint8_t      *header  = memmem(sample.at, sample.size, start, sizeof start);
    assert_non_null(header);
    reader_t r  = reader_at(sample_span(&sample), (size_t)(header - sample.at) + 20);
    uint32_t at = read_le32(&r);
    for (uint32_t i = 12; i < 4000; i += 4) /* every entry leads to the first table, and there are many */
        memcpy(sample.at + at + i, i == 12 ? "\xFF\xFF\xFF\xFF" : i % 8 == 4 ? "\0\0\0\x80" : "\1\0\0\0", 4);
    extraction_t e = extraction_of("pe", sample_span(&sample));
    assert_true(status_ok(e.status));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_packed_program_is_named_as_packed(void **state)
{
    (void)state;
    sample_t     sample = sample_build("pe", "upx");
    extraction_t e      = extraction_of("pe", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "upx.method"), "lzma");
    assert_string_equal(extraction_fact(&e, "upx.adler32"), "holds");
    assert_string_equal(extraction_fact(&e, "upx.plain"), "5000");
    assert_int_equal(e.limits.count, 1);
    extraction_free(&e);
    sample.at[0x3E0 + 10] ^= 1; /* its checksum */
    e = extraction_of("pe", sample_span(&sample));
    assert_null(extraction_fact(&e, "upx.method"));
    assert_int_equal(e.limits.count, 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pe_file_is_explained_up_to_its_certificates),
        cmocka_unit_test(an_overlay_is_left_to_others),
        cmocka_unit_test(resources_version_and_signature_are_those_that_others_see),
        cmocka_unit_test(a_tree_of_resources_that_comes_back_ends),
        cmocka_unit_test(a_packed_program_is_named_as_packed),
        cmocka_unit_test(a_dos_program_is_no_pe_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
