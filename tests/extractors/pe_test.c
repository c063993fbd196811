#include "support/extraction.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pe_file_is_explained_up_to_its_certificates),
        cmocka_unit_test(an_overlay_is_left_to_others),
        cmocka_unit_test(a_dos_program_is_no_pe_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
