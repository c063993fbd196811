/* Oracles: llvm-objdump and 7z, which read the samples; openssl has no part in the page hashes, which the samples' builder computes with hashlib. */
#include "support/archive_oracle.h"
#include "support/filesystem.h"

#include <stdlib.h>

static void programs_are_explained_and_told_as_llvm_objdump_tells_them(void **state)
{
    (void)state;
    static const struct { const char *variant, *machine, *grep; } variants[] = {
        {"arm64", "arm64", "file format mach-o.*arm64"}, {"ppc", "ppc", NULL},
    };
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("macho", variants[i].variant);
        extraction_t e      = extraction_of("macho", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.bits, 80);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_string_equal(extraction_fact(&e, "macho.machine"), variants[i].machine);
        assert_string_equal(extraction_fact(&e, "macho.uuid"), "000102030405060708090a0b0c0d0e0f");
        assert_string_equal(extraction_fact(&e, "macho.type"), "executable");
        if (variants[i].grep != NULL && run_status("command -v llvm-objdump > /dev/null") == 0)
            run("llvm-objdump --macho --private-headers '%s' | grep -q LC_CODE_SIGNATURE", sample.path);
        run("7z l -slt '%s' | grep -q '^Type = MachO'", sample.path);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_signature_gives_names_entitlements_and_pages(void **state)
{
    (void)state;
    sample_t     sample = sample_build("macho", "arm64");
    extraction_t e      = extraction_of("macho", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "macho.identifier"), "com.acme.manager");
    assert_string_equal(extraction_fact(&e, "macho.team"), "ACME123456");
    assert_string_equal(extraction_fact(&e, "macho.platform"), "macOS");
    assert_string_equal(extraction_fact(&e, "macho.system-at-least"), "12.0.0");
    assert_string_equal(extraction_fact(&e, "macho.signature.pages"), "hold");
    const entry_t *entitlements = tree_entry(&e.tree, ".signature/entitlements.plist");
    assert_non_null(entitlements);
    assert_non_null(memmem(entitlements->content, (size_t)entitlements->size, "get-task-allow", 14));
    extraction_free(&e);
    sample.at[0x2345] ^= 1;
    e = extraction_of("macho", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.damage.sayings[0].offset, 0x2000);
    assert_string_equal(extraction_fact(&e, "macho.signature.pages"), "do not agree");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_universal_file_gives_the_programs_that_7z_unpacks(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"x86_64-3", "*.x64"}, {"arm64-0", "*.arm64"}};
    sample_t     sample = sample_build("macho_fat", "");
    extraction_t e      = extraction_of("macho_fat", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.bits, 80);
    assert_int_equal(explained_ppm(&e), 1000000);
    tree_t expected = tree_of_command(sample.path, "7z x -y \"$1\" > /dev/null");
    assert_int_equal(expected.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const entry_t *ours = tree_entry(&e.tree, names[i][0]);
        assert_non_null(ours);
        assert_true(sha256_equal(&ours->sha256, &expected.entries[0].sha256) || sha256_equal(&ours->sha256, &expected.entries[1].sha256));
    }
    extraction_free(&e);
    tree_free(&expected);
    sample_free(&sample);
}

static void a_java_class_is_no_universal_file(void **state)
{
    (void)state;
    uint8_t class[200] = "\xCA\xFE\xBA\xBE\x00\x00\x00\x34\x00\x1D\x0A\x00\x06\x00\x0F\x09";
    assert_int_equal(extractor_named("macho_fat")->probe(span_from(class, sizeof class)), 0);
    class[7] = 2;
    assert_int_equal(extractor_named("macho_fat")->probe(span_from(class, sizeof class)), 0);
}

static void cuts_are_told(void **state)
{
    (void)state;
    static const char *const formats[] = {"macho", "macho_fat"};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build(formats[i], "");
        for (unsigned percent = 1; percent < 100; percent += 14) {
            extraction_t e = extraction_of(formats[i], span_from(sample.at, sample.size * percent / 100));
            assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
            assert_true(said(&e.damage, "the image ends before"));
            extraction_free(&e);
        }
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_explained_and_told_as_llvm_objdump_tells_them),
        cmocka_unit_test(a_signature_gives_names_entitlements_and_pages),
        cmocka_unit_test(a_universal_file_gives_the_programs_that_7z_unpacks),
        cmocka_unit_test(a_java_class_is_no_universal_file),
        cmocka_unit_test(cuts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
