/* coreboot's file system and flash map. Oracle: cbfstool, which also made the samples; for what it does not take out, what was put in. */
#include "support/filesystem.h"

#include <stdio.h>

static void assert_same_content(const tree_t *got, const char *ours, const tree_t *seen, const char *theirs)
{
    const entry_t *a = tree_entry(got, ours), *b = tree_entry(seen, theirs);
    if (a == NULL || b == NULL || a->size != b->size || memcmp(&a->sha256, &b->sha256, sizeof a->sha256) != 0)
        fail_msg("%s is not what cbfstool takes out", ours);
}

static void components_are_what_cbfstool_takes_out(void **state)
{
    (void)state;
    sample_t     sample = sample_build("cbfs", "");
    extraction_t e      = extraction_of("cbfs", sample_span(&sample));
    tree_t       seen   = tree_of_command(sample.path, "sh \"$ASSAY_SOURCE/corpus/samples/cbfs.sh\" rom fmap &&"
                                                       " cbfstool rom extract -n config -f config &&"
                                                       " cbfstool rom extract -n img/noise -f noise && cbfstool rom extract -n last -f last");
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 5);
    assert_same_content(&e.tree, "config", &seen, "config");
    assert_same_content(&e.tree, "img/noise", &seen, "noise");
    assert_same_content(&e.tree, "last", &seen, "last");
    assert_same_content(&e.tree, "fallback/payload/segment0", &seen, "config"); /* it was made of the same file */
    assert_string_equal(extraction_fact(&e, "cbfs.components"), "5");
    assert_int_equal(explained_with_padding_ppm("cbfs", sample_span(&sample)), 1000000);
    tree_free(&seen);
    extraction_free(&e);
    sample_free(&sample);
}

static void areas_are_what_cbfstool_reads(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fmap", "");
    extraction_t e      = extraction_of("fmap", sample_span(&sample));
    tree_t       seen   = tree_of_command(sample.path, "for area in COREBOOT GBB VPD EMPTY; do"
                                                       " cbfstool \"$1\" read -r $area -f $area; done > /dev/null");
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, seen.count);
    for (size_t i = 0; i < seen.count; i++)
        assert_same_content(&e.tree, seen.entries[i].path, &seen, seen.entries[i].path);
    assert_string_equal(extraction_fact(&e, "fmap.areas"), "6");
    assert_true(explained_with_padding_ppm("fmap", sample_span(&sample)) >= 995000);
    tree_free(&seen);
    extraction_free(&e);
    sample_free(&sample);
}

/* A region of a larger flash: the map counts from the start of the flash. */
static void a_map_in_a_region_still_shows_its_areas(void **state)
{
    (void)state;
    sample_t sample = sample_build("fmap", "");
    uint8_t *map    = memmem(sample.at, sample.size, "__FMAP__", 8);
    assert_non_null(map);
    /* the area of the map, the first of those in the flash, moves up by 64 KiB with all others */
    map[20] = 3;
    for (unsigned i = 0; i < 6; i++)
        map[56 + 42 * i + 2] = (uint8_t)(map[56 + 42 * i + 2] + 1);
    extraction_t e = extraction_of("fmap", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "COREBOOT"));
    assert_int_equal(tree_entry(&e.tree, "COREBOOT")->at_offset, 0x10000);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    static const struct { const char *format; uint64_t size; } cases[] = {{"cbfs", 4000}, {"fmap", 0x14000}};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build(cases[i].format, "");
        assert_cuts_are_told(cases[i].format, sample_span(&sample), cases[i].size);
        sample_free(&sample);
    }
}

static void a_flipped_byte_spoils_one_component(void **state)
{
    (void)state;
    sample_t       sample = sample_build("cbfs", "");
    extraction_t   e      = extraction_of("cbfs", sample_span(&sample));
    const entry_t *config = tree_entry(&e.tree, "config");
    assert_flip_spoils_at_most("cbfs", sample_span(&sample), config->at_offset + 100, 4, 1, true);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_what_cbfstool_takes_out),
        cmocka_unit_test(areas_are_what_cbfstool_reads),
        cmocka_unit_test(a_map_in_a_region_still_shows_its_areas),
        cmocka_unit_test(cuts_are_told),
        cmocka_unit_test(a_flipped_byte_spoils_one_component),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
