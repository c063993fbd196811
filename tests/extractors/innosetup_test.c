/* Debian has no maker of these: the samples' builder writes them from the published layouts, with CRC-32 and codecs of Python's. */
#include "support/archive_oracle.h"

static void blocks_are_checked_and_decoded(void **state)
{
    (void)state;
    static const char *const variants[][3] = {{"lzma", "5.5.7", "unicode"}, {"zlib", "4.0.9", "ansi"}, {"stored", "6.2.0", "unicode"}};
    for (size_t i = 0; i < 3; i++) {
        sample_t     sample = sample_build("innosetup", variants[i][0]);
        extraction_t e      = extraction_of("innosetup", sample_span(&sample));
        assert_int_equal(e.bits, 160);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_string_equal(extraction_fact(&e, "innosetup.version"), variants[i][1]);
        assert_string_equal(extraction_fact(&e, "innosetup.text"), variants[i][2]);
        assert_true(said(&e.limits, "not opened"));
        const entry_t *header = tree_entry(&e.tree, "header"), *locations = tree_entry(&e.tree, "locations");
        assert_true(header->size > 60000);
        assert_memory_equal(header->content, "S\0w\0i\0t\0c\0h\0", 12);
        assert_int_equal(locations->size, 1280);
        for (size_t j = 0; j < 1280; j++)
            assert_int_equal(locations->content[j], j % 256);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void flips_and_cuts_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("innosetup", "lzma");
    sample.at[64 + 9 + 700] ^= 1;
    extraction_t e = extraction_of("innosetup", sample_span(&sample));
    assert_true(said(&e.damage, "the CRC-32 of a piece"));
    assert_int_equal(tree_entry(&e.tree, "locations")->size, 1280);
    extraction_free(&e);
    sample.at[64 + 9 + 700] ^= 1;
    for (unsigned percent = 5; percent < 100; percent += 10) {
        e = extraction_of("innosetup", span_from(sample.at, sample.size * percent / 100));
        assert_true(e.bits >= BITS_ELSEWHERE && e.damage.count > 0);
        extraction_free(&e);
    }
    sample_free(&sample);
}

static void a_cabinet_of_installshield_is_recognised_and_named_as_closed(void **state)
{
    (void)state;
    static const char *const variants[] = {"cabinet", "header"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("installshield", variants[i]);
        extraction_t e      = extraction_of("installshield", sample_span(&sample));
        assert_string_equal(extraction_fact(&e, "installshield.version"), "6");
        assert_string_equal(extraction_fact(&e, "installshield.kind"), variants[i]);
        assert_true(said(&e.limits, "not opened"));
        assert_int_equal(explained_ppm(&e), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_checked_and_decoded),
        cmocka_unit_test(flips_and_cuts_are_told),
        cmocka_unit_test(a_cabinet_of_installshield_is_recognised_and_named_as_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
