#include "support/extraction.h"

#include <stdio.h>

static void assert_images_as_dumpimage_takes_them_out(const char *variant)
{
    static const char *const names[] = {"kernel-1", "ramdisk-1", "fdt-1"};
    char                     directory[1024];
    sample_t                 sample = sample_build("fit", variant);
    extraction_t             e      = extraction_of("fit", sample_span(&sample));
    scratch_make(directory);
    assert_true(status_ok(e.status));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    assert_int_equal(e.tree.count, 3);
    for (size_t i = 0; i < 3; i++) {
        char path[1100];
        (void)snprintf(path, sizeof path, "%s/part", directory);
        run("dumpimage -T flat_dt -p %zu -o '%s' '%s' > /dev/null", i, path, sample.path);
        sample_t part = sample_read(path);
        assert_string_equal(e.tree.entries[i].path, names[i]);
        assert_true(span_equal(sample_span(&part), span_from(e.tree.entries[i].content, e.tree.entries[i].size)));
        sample_free(&part);
    }
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(explained_ppm(&e), 1000000);
    scratch_remove(directory);
    extraction_free(&e);
    sample_free(&sample);
}

static void images_inside_the_tree_are_yielded(void **state)
{
    (void)state;
    assert_images_as_dumpimage_takes_them_out("");
}

static void images_behind_the_tree_are_yielded(void **state)
{
    (void)state;
    assert_images_as_dumpimage_takes_them_out("external");
}

static void images_at_told_positions_are_yielded(void **state)
{
    (void)state;
    assert_images_as_dumpimage_takes_them_out("position");
}

static void facts_of_images_and_configurations_are_said(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fit", "");
    extraction_t e      = extraction_of("fit", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "fit.description"), "Sample FIT");
    assert_string_equal(extraction_fact(&e, "fit.0.os"), "linux");
    assert_string_equal(extraction_fact(&e, "fit.0.load"), "0x80000");
    assert_string_equal(extraction_fact(&e, "fit.2.type"), "flat_dt");
    assert_string_equal(extraction_fact(&e, "fit.default"), "conf-1");
    assert_string_equal(extraction_fact(&e, "fit.configurations"), "1");
    assert_string_equal(extraction_fact(&e, "fit.signed"), "no");
    extraction_free(&e);
    sample_free(&sample);
}

/* Each image of the sample is under other digests: crc32, sha1 and sha512; md5; sha256. */
static void each_digest_that_disagrees_is_damage_of_its_image(void **state)
{
    (void)state;
    static const unsigned digests[] = {3, 1, 1};
    sample_t              sample    = sample_build("fit", "external");
    extraction_t          whole     = extraction_of("fit", sample_span(&sample));
    for (size_t i = 0; i < 3; i++) {
        uint8_t *byte = &sample.at[whole.tree.entries[i].at_offset + 20];
        *byte ^= 0x40;
        extraction_t e = extraction_of("fit", sample_span(&sample));
        assert_int_equal(e.damage.count, digests[i]);
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(e.tree.entries[j].damaged, i == j);
        *byte ^= 0x40;
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_fit_says_more_than_a_device_tree_and_a_device_tree_is_no_fit(void **state)
{
    (void)state;
    sample_t fit = sample_build("fit", ""), plain = sample_build("devicetree", "");
    assert_true(extractor_named("fit")->probe(sample_span(&fit)) > extractor_named("devicetree")->probe(sample_span(&fit)));
    assert_int_equal(extractor_named("fit")->probe(sample_span(&plain)), 0);
    sample_free(&fit);
    sample_free(&plain);
}

static void a_fit_cut_in_its_outside_data_yields_what_is_there(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fit", "external");
    extraction_t e      = extraction_of("fit", span_from(sample.at, sample.size - 40));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, 3);
    assert_false(e.tree.entries[0].damaged);
    assert_true(e.tree.entries[2].damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_inside_the_tree_are_yielded),
        cmocka_unit_test(images_behind_the_tree_are_yielded),
        cmocka_unit_test(images_at_told_positions_are_yielded),
        cmocka_unit_test(facts_of_images_and_configurations_are_said),
        cmocka_unit_test(each_digest_that_disagrees_is_damage_of_its_image),
        cmocka_unit_test(a_fit_says_more_than_a_device_tree_and_a_device_tree_is_no_fit),
        cmocka_unit_test(a_fit_cut_in_its_outside_data_yields_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
