/* Oracle: the tree that the image was built from, and that fsck.minix finds nothing wrong with what it can read (little-endian, zones
 * of one block of 1024, directories no deeper than its stack): the kernel here has no module for it, and nothing else in Debian reads it. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ALL = COMPARE_MODE | COMPARE_MTIME };

static const struct { const char *variant, *tree; bool fsck; } cases[] = {
    {"small", "small", true}, {"small version=1 names=14", "small", true}, {"small version=1 names=30", "small", true},
    {"small version=2 names=14", "small", true},
    {"small version=3", "small", true}, {"small version=1 order=big", "small", false}, {"small version=2 order=big", "small", false},
    {"small version=3 order=big", "small", false},
    {"small version=3 block=4096", "small", false}, {"small version=2 zone=2", "small", false}, {"deep version=3 zones=900", "deep", false},
    {"sparse version=2 zones=2000", "sparse", true},
    {"sparse version=1 zones=2000", "sparse", true}, {"big version=3 zones=9000", "big", true}, {"big version=1 zones=9000", "big", true},
    {"empty", "empty", true}, {"one", "one", true},
};

static void every_variant_opens(void **state)
{
    (void)state;
    bool root = geteuid() == 0; /* else the builder's fakeroot has other owners and devices than the tree here */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char directory[1024];
        tree_directory(cases[i].tree, directory);
        sample_t sample = sample_build("minix", cases[i].variant);
        tree_t   tree   = tree_of_directory(directory);
        print_message("%s: %zu entries\n", cases[i].variant, tree.count);
        for (size_t n = 0; n < tree.count; n++) { /* all that the format holds */
            tree.entries[n].device_minor &= 0xFF;
            tree.entries[n].gid &= strstr(cases[i].variant, "version=1") != NULL ? 0xFF : 0xFFFF;
        }
        assert_opens_to("minix", sample_span(&sample), &tree, ALL | (root ? COMPARE_OWNER | COMPARE_DEVICES : 0), 1000000);
        if (cases[i].fsck)
            run("/sbin/fsck.minix -f '%s' > '%s.log' 2>&1", sample.path, sample.path);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void facts_are_told(void **state)
{
    (void)state;
    static const struct { const char *variant, *key, *value; } facts[] = {
        {"small", "minix.version", "2"}, {"small", "minix.state", "clean"}, {"small version=3 order=big", "minix.byte_order", "big-endian"},
        {"small version=1 names=14", "minix.name_length", "14"}, {"small version=2 zone=2", "minix.zone_size", "4096"},
        {"small version=3 block=4096", "minix.zone_size", "4096"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        sample_t     sample = sample_build("minix", facts[i].variant);
        extraction_t e      = extraction_of("minix", sample_span(&sample));
        assert_non_null(extraction_fact(&e, facts[i].key));
        assert_string_equal(extraction_fact(&e, facts[i].key), facts[i].value);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    static const char *const cut[] = {"small version=1 names=14", "small version=3 order=big", "big version=3 zones=9000"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        sample_t sample = sample_build("minix", cut[i]);
        assert_cuts_are_told("minix", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_block_spoils_one_file(void **state)
{
    (void)state;
    sample_t       sample = sample_build("minix", "big version=3 zones=9000");
    extraction_t   e      = extraction_of("minix", sample_span(&sample));
    const entry_t *noise  = tree_entry(&e.tree, "noise");
    assert_non_null(noise);
    assert_flip_spoils_at_most("minix", sample_span(&sample), noise->at_offset + 100, 64, 1, true);
    extraction_free(&e);
    sample_free(&sample);
}

static void inodes_without_a_name_are_shown_as_lost(void **state)
{
    (void)state;
    sample_t     sample = sample_build("minix", "small lost=etc"), whole = sample_build("minix", "small");
    extraction_t e = extraction_of("minix", sample_span(&sample)), w = extraction_of("minix", sample_span(&whole));
    assert_null(tree_entry(&e.tree, "etc"));
    assert_int_equal(e.tree.count, w.tree.count);
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    extraction_free(&w);
    sample_free(&sample);
    sample_free(&whole);
}

static void a_block_of_pointers_to_itself_costs_nothing(void **state)
{
    (void)state;
    sample_t     sample = sample_build("minix", "sparse version=2 zones=2000");
    extraction_t whole  = extraction_of("minix", sample_span(&sample));
    reader_t     r      = reader_at(sample_span(&sample), 1024 + 4);
    uint64_t     table  = (2 + (uint64_t)read_le16(&r) + read_le16(&r)) * 1024;
    for (uint64_t n = 1; n < 8; n++) /* each file gets a triple indirect zone that leads to itself, and the greatest size */
        if ((sample.at[table + n * 64 + 1] & 0xF0) == 0x80) {
            uint32_t zone = 100, size = UINT32_MAX;
            memcpy(sample.at + table + n * 64 + 24 + 36, &zone, 4);
            memcpy(sample.at + table + n * 64 + 8, &size, 4);
            for (uint64_t i = 0; i < 256; i++)
                memcpy(sample.at + 100 * 1024 + i * 4, &zone, 4);
        }
    limits_t limits    = limits_default();
    limits.ratio       = 10;
    limits.ratio_floor = 1 << 20;
    extraction_t e = extraction_with("minix", sample_span(&sample), &limits);
    assert_true(status_ok(e.status) || e.status.code == STATUS_LIMIT);
    assert_true(e.damage.count + e.limits.count > 0);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(a_flipped_block_spoils_one_file),
        cmocka_unit_test(inodes_without_a_name_are_shown_as_lost),
        cmocka_unit_test(a_block_of_pointers_to_itself_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
