#include "support/extraction.h"

static void a_trx_yields_its_partitions_and_explains_every_byte(void **state)
{
    (void)state;
    sample_t     sample = sample_build("trx", "");
    extraction_t e      = extraction_of("trx", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.tree.count, 2);
    assert_int_equal(e.tree.entries[0].at_offset, 28);
    assert_int_equal(e.tree.entries[0].at_length + e.tree.entries[1].at_length, sample.size - 28);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_trx_whose_content_was_changed_is_reported_as_damaged(void **state)
{
    (void)state;
    sample_t sample = sample_build("trx", "");
    sample.at[sample.size - 1] ^= 1;
    extraction_t e = extraction_of("trx", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_trx_cut_in_the_middle_still_yields_what_is_there(void **state)
{
    (void)state;
    sample_t     sample = sample_build("trx", "");
    extraction_t e      = extraction_of("trx", span_from(sample.at, sample.size / 2));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    assert_int_equal(e.extent, sample.size / 2);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trx_yields_its_partitions_and_explains_every_byte),
        cmocka_unit_test(a_trx_whose_content_was_changed_is_reported_as_damaged),
        cmocka_unit_test(a_trx_cut_in_the_middle_still_yields_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
