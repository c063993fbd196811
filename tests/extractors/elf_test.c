#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static const char *fact(const extraction_t *e, const char *key)
{
    const char *value = extraction_fact(e, key);
    return value != NULL ? value : "(absent)";
}

static void a_program_is_explained_whole_and_tells_its_hardening(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.tree.count, 0);
    assert_string_equal(fact(&e, "elf.pie"), "yes");
    assert_string_equal(fact(&e, "elf.relro"), "full");
    assert_string_equal(fact(&e, "elf.nx"), "yes");
    assert_string_equal(fact(&e, "elf.canary"), "yes");
    assert_string_equal(fact(&e, "elf.stripped"), "no");
    assert_string_equal(fact(&e, "elf.needed"), "libc.so.6");
    assert_string_equal(fact(&e, "elf.build-id"), "0123456789abcdef0123456789abcdef01234567");
    /* readelf agrees on the interpreter and on the compiler. */
    assert_int_equal(run_status("readelf -lW '%s' | grep -qF 'interpreter: %s]'", sample.path, fact(&e, "elf.interpreter")), 0);
    assert_int_equal(run_status("readelf -p .comment '%s' | grep -qF '%s'", sample.path, fact(&e, "elf.comment")), 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_program_without_symbols_is_stripped(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "stripped");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_string_equal(fact(&e, "elf.stripped"), "yes");
    assert_string_equal(fact(&e, "elf.canary"), "yes");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_program_without_section_headers_is_read_by_its_segments(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "headless");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_string_equal(fact(&e, "elf.needed"), "libc.so.6");
    assert_string_equal(fact(&e, "elf.build-id"), "0123456789abcdef0123456789abcdef01234567");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_kernel_module_tells_what_it_is(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "module");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_string_equal(fact(&e, "elf.type"), "relocatable");
    assert_string_equal(fact(&e, "module.name"), "sample");
    assert_string_equal(fact(&e, "module.license"), "GPL");
    assert_string_equal(fact(&e, "module.author"), "First Author, Second Author");
    assert_string_equal(fact(&e, "module.vermagic"), "6.1.0 SMP mod_unload ARMv7");
    assert_string_equal(fact(&e, "module.depends"), "usbcore,mii");
    assert_null(extraction_fact(&e, "module.signature"));
    extraction_free(&e);
    sample_free(&sample);
}

static void the_signature_behind_a_module_belongs_to_it(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "signed");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    assert_string_equal(fact(&e, "module.signature"), "pkcs7");
    extraction_free(&e);
    sample.at[sample.size - 29] ^= 1; /* a signature of another size does not stand where it should */
    e = extraction_of("elf", sample_span(&sample));
    assert_int_equal(e.extent, sample.size - 512 - 12 - 28);
    assert_null(extraction_fact(&e, "module.signature"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_big_endian_file_reads_as_well(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "big");
    extraction_t e      = extraction_of("elf", sample_span(&sample));
    assert_string_equal(fact(&e, "elf.endian"), "big");
    assert_string_equal(fact(&e, "elf.class"), "32");
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

static void what_is_appended_is_left_to_others(void **state)
{
    (void)state;
    sample_t sample = sample_build("elf", "");
    uint8_t *longer = malloc(sample.size + 1000);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    memset(longer + sample.size, 0xA5, 1000);
    extraction_t e = extraction_of("elf", span_from(longer, sample.size + 1000));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    extraction_free(&e);
    free(longer);
    sample_free(&sample);
}

static void a_cut_file_is_damaged_and_believed_only_at_the_start_of_a_blob(void **state)
{
    (void)state;
    sample_t     sample = sample_build("elf", "");
    extraction_t e      = extraction_of("elf", span_from(sample.at, sample.size - 200));
    assert_true(e.bits >= BITS_AT_START && e.bits < BITS_ELSEWHERE);
    assert_int_equal(e.damage.count, 1);
    assert_string_equal(fact(&e, "elf.needed"), "libc.so.6");
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_explained_whole_and_tells_its_hardening),
        cmocka_unit_test(a_program_without_symbols_is_stripped),
        cmocka_unit_test(a_program_without_section_headers_is_read_by_its_segments),
        cmocka_unit_test(a_kernel_module_tells_what_it_is),
        cmocka_unit_test(the_signature_behind_a_module_belongs_to_it),
        cmocka_unit_test(a_big_endian_file_reads_as_well),
        cmocka_unit_test(what_is_appended_is_left_to_others),
        cmocka_unit_test(a_cut_file_is_damaged_and_believed_only_at_the_start_of_a_blob),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
