#include "support/extraction.h"

#include <stdlib.h>

static void a_device_tree_is_explained_whole_and_names_its_board(void **state)
{
    (void)state;
    sample_t     sample = sample_build("devicetree", "");
    extraction_t e      = extraction_of("devicetree", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.bits, 64);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.damage.count, 0);
    assert_string_equal(extraction_fact(&e, "devicetree.model"), "Sample Router 1000");
    assert_string_equal(extraction_fact(&e, "devicetree.compatible"), "sample,router-1000, sample,soc");
    assert_string_equal(extraction_fact(&e, "devicetree.nodes"), "5");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_device_tree_at_an_odd_address_reads_the_same(void **state)
{
    (void)state;
    sample_t sample = sample_build("devicetree", "");
    uint8_t *odd    = malloc(sample.size + 1);
    assert_non_null(odd);
    memcpy(odd + 1, sample.at, sample.size);
    extraction_t e = extraction_of("devicetree", span_from(odd + 1, sample.size));
    assert_string_equal(extraction_fact(&e, "devicetree.model"), "Sample Router 1000");
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
    free(odd);
    sample_free(&sample);
}

static void a_broken_structure_is_damage(void **state)
{
    (void)state;
    sample_t sample = sample_build("devicetree", "");
    for (size_t at = 0x40; at + 4 < sample.size; at += 4)
        if (memcmp(sample.at + at, "\0\0\0\3", 4) == 0) {
            sample.at[at + 3] = 0x77;
            break;
        }
    extraction_t e = extraction_of("devicetree", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void the_magic_alone_is_not_a_device_tree(void **state)
{
    (void)state;
    uint8_t bytes[4096] = {0xD0, 0x0D, 0xFE, 0xED, 0, 0, 0x10, 0};
    assert_int_equal(extractor_named("devicetree")->probe(span_from(bytes, sizeof bytes)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_tree_is_explained_whole_and_names_its_board),
        cmocka_unit_test(a_device_tree_at_an_odd_address_reads_the_same),
        cmocka_unit_test(a_broken_structure_is_damage),
        cmocka_unit_test(the_magic_alone_is_not_a_device_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
