#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

static void stored_members_of_every_header_level_are_what_lhasa_unpacks(void **state)
{
    (void)state;
    assert_unpacks_as("lha", "level0", "lhasa xq \"$1\"", COMPARE_MTIME);
    assert_unpacks_as("lha", "level1", "TZ=UTC lhasa xq \"$1\"", COMPARE_MTIME);
    assert_unpacks_as("lha", "level2", "lhasa xq \"$1\"", 0);
}

static void a_packed_member_is_what_lhasa_unpacks(void **state)
{
    (void)state;
    assert_unpacks_as("lha", "lh5", "lhasa xq \"$1\"", COMPARE_MTIME);
}

static void modes_and_owners_are_taken_from_unix_headers(void **state)
{
    (void)state;
    sample_t       sample = sample_build("lha", "level2");
    extraction_t   e      = extraction_of("lha", sample_span(&sample));
    const entry_t *tool   = tree_entry(&e.tree, "bin/tool");
    assert_non_null(tool);
    assert_int_equal(tool->mode, 0600);
    assert_int_equal(tool->uid, 7);
    assert_int_equal(tool->gid, 8);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_name_that_is_not_utf8_is_kept_as_found(void **state)
{
    (void)state;
    sample_t sample = sample_build("lha", "level0");
    uint8_t *name   = memmem(sample.at, sample.size, "caf\xc3\xa9", 5);
    assert_non_null(name);
    name[3] = 0x83; /* Shift-JIS; the header's sum stays the same */
    name[4] = 0xe9;
    extraction_t e = extraction_of("lha", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 2);
    assert_non_null(tree_entry(&e.tree, "caf%83%E9"));
    extraction_free(&e);
    sample_free(&sample);
}

static void changed_content_is_said_for_stored_and_packed_members(void **state)
{
    (void)state;
    static const char *const variants[] = {"level1", "lh5"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("lha", variants[i]);
        extraction_t whole  = extraction_of("lha", sample_span(&sample));
        sample.at[whole.tree.entries[0].at_offset + 500] ^= 1;
        extraction_t e = extraction_of("lha", sample_span(&sample));
        assert_int_equal(e.tree.count, whole.tree.count);
        assert_true(e.tree.entries[0].damaged);
        assert_false(e.tree.entries[1].damaged);
        extraction_free(&whole);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_cut_lha_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    assert_cuts_keep_members("lha", "level1", 40);
    assert_cuts_keep_members("lha", "lh5", 40);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_members_of_every_header_level_are_what_lhasa_unpacks),
        cmocka_unit_test(a_packed_member_is_what_lhasa_unpacks),
        cmocka_unit_test(modes_and_owners_are_taken_from_unix_headers),
        cmocka_unit_test(a_name_that_is_not_utf8_is_kept_as_found),
        cmocka_unit_test(changed_content_is_said_for_stored_and_packed_members),
        cmocka_unit_test(a_cut_lha_yields_what_stands_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
