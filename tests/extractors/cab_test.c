#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

#define UNPACK "TZ=UTC cabextract -q \"$1\""

static void every_compression_yields_what_cabextract_unpacks(void **state)
{
    (void)state;
    assert_unpacks_as("cab", "", UNPACK, COMPARE_MTIME);
    assert_unpacks_as("cab", "stored", UNPACK, COMPARE_MTIME);
    assert_unpacks_as("cab", "two-folders", UNPACK, COMPARE_MTIME);
}

static void a_damaged_folder_leaves_no_member_unsaid(void **state)
{
    (void)state;
    sample_t       sample = sample_build("cab", "two-folders");
    extraction_t   whole  = extraction_of("cab", sample_span(&sample));
    const entry_t *tool   = tree_entry(&whole.tree, "bin/tool");
    assert_non_null(tool);
    sample.at[tool->at_offset + 400] ^= 0xFF;
    extraction_t e = extraction_of("cab", sample_span(&sample));
    assert_int_equal(e.tree.count, 2);
    const entry_t *passwd = tree_entry(&e.tree, "etc/passwd");
    assert_true(tree_entry(&e.tree, "bin/tool")->damaged);
    assert_true(passwd->damaged || sha256_equal(&passwd->sha256, &tree_entry(&whole.tree, "etc/passwd")->sha256));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_cabinet_names_what_is_lost(void **state)
{
    (void)state;
    assert_cuts_keep_members("cab", "two-folders", 20);
    sample_t     sample = sample_build("cab", "");
    extraction_t e      = extraction_of("cab", span_from(sample.at, sample.size / 2));
    assert_int_equal(e.tree.count, 3);
    assert_true(tree_entry(&e.tree, "etc/passwd")->damaged);
    assert_true(said(&e.damage, "the image ends before the cabinet does"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_file_that_goes_on_in_the_next_cabinet_is_said(void **state)
{
    (void)state;
    sample_t sample = sample_build("cab", "two-folders");
    uint8_t *name   = memmem(sample.at, sample.size, "etc/passwd", 10);
    if (name == NULL)
        name = memmem(sample.at, sample.size, "etc\\passwd", 10);
    assert_non_null(name);
    memcpy(name - 8, "\xFE\xFF", 2);
    extraction_t e = extraction_of("cab", sample_span(&sample));
    assert_true(said(&e.damage, "next cabinet"));
    assert_false(tree_entry(&e.tree, "bin/tool")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_compression_yields_what_cabextract_unpacks),
        cmocka_unit_test(a_damaged_folder_leaves_no_member_unsaid),
        cmocka_unit_test(a_cut_cabinet_names_what_is_lost),
        cmocka_unit_test(a_file_that_goes_on_in_the_next_cabinet_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
