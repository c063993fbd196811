/* Microcode of Intel's and AMD's processors. Oracle: iucode_tool for Intel's; for AMD's container what the builder put in. */
#include "support/filesystem.h"

#include <stdio.h>

static void updates_are_those_that_iucode_tool_lists(void **state)
{
    (void)state;
    sample_t     sample = sample_build("intel-microcode", "");
    extraction_t e      = extraction_of("intel-microcode", sample_span(&sample));
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 3);
    assert_non_null(tree_entry(&e.tree, "000306C3-32-00000028-0.mcb"));
    assert_non_null(tree_entry(&e.tree, "000906EA-22-000000F8-800.mcb"));
    assert_non_null(tree_entry(&e.tree, "000406E3-C0-000000F0-1000.mcb"));
    assert_string_equal(extraction_fact(&e, "intel-microcode.updates"), "3");
    assert_int_equal(explained_with_padding_ppm("intel-microcode", sample_span(&sample)), 1000000);
    if (run_status("command -v iucode_tool > /dev/null") == 0)
        /* iucode_tool does not skip filling, so it is given the updates one by one, as we cut them */
        for (size_t i = 0; i < e.tree.count; i++) {
            char directory[1024], path[1100];
            scratch_make(directory);
            (void)snprintf(path, sizeof path, "%s/update.bin", directory);
            write_file(path, span_from(e.tree.entries[i].content, e.tree.entries[i].size));
            run("iucode_tool -tb -l '%s' 2>&1 | grep -qi 'sig 0x%.8s, pf_mask 0x%.2s.*rev 0x.*%.2s'", path, e.tree.entries[i].path,
                e.tree.entries[i].path + 9, e.tree.entries[i].path + 18);
            scratch_remove(directory);
        }
    else
        print_message("iucode_tool (Debian package iucode-tool) is not here: what the builder put in counts\n");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_single_update_is_no_container_of_itself(void **state)
{
    (void)state;
    sample_t     sample = sample_build("intel-microcode", "one");
    extraction_t e      = extraction_of("intel-microcode", sample_span(&sample));
    assert_int_equal(e.tree.count, 0);
    assert_int_equal(e.limits.count, 1);
    assert_string_equal(extraction_fact(&e, "intel-microcode.signature"), "000306C3");
    assert_string_equal(extraction_fact(&e, "intel-microcode.date"), "2019-11-12");
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_sum_that_does_not_agree_is_damage_of_one_update(void **state)
{
    (void)state;
    sample_t     sample = sample_build("intel-microcode", "damaged");
    extraction_t e      = extraction_of("intel-microcode", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_true(e.tree.entries[0].damaged);
    assert_false(e.tree.entries[1].damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void patches_of_amd_are_shown_with_their_processors(void **state)
{
    (void)state;
    sample_t     sample = sample_build("amd-microcode", "");
    extraction_t e      = extraction_of("amd-microcode", sample_span(&sample));
    assert_int_equal(e.bits, 96);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 3);
    assert_string_equal(e.tree.entries[0].path, "8710-08701000-44.bin");
    assert_string_equal(extraction_fact(&e, "amd-microcode.containers"), "2");
    assert_int_equal(e.tree.entries[2].size, 932);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    static const struct { const char *format; uint64_t size; } cases[] = {{"intel-microcode", 3072}, {"amd-microcode", 1800}};
    /* nothing says how many updates or containers follow, so all cuts are in what comes first */
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build(cases[i].format, "");
        assert_cuts_are_told(cases[i].format, sample_span(&sample), cases[i].size);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_are_those_that_iucode_tool_lists),
        cmocka_unit_test(a_single_update_is_no_container_of_itself),
        cmocka_unit_test(a_sum_that_does_not_agree_is_damage_of_one_update),
        cmocka_unit_test(patches_of_amd_are_shown_with_their_processors),
        cmocka_unit_test(cuts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
