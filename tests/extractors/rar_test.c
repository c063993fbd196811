#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

#define UNPACK "TZ=UTC 7z x -bso0 -bsp0 \"$1\""

static void both_generations_yield_what_7z_unpacks(void **state)
{
    (void)state;
    assert_unpacks_as("rar", "", UNPACK, COMPARE_MTIME | COMPARE_MODE);
    assert_unpacks_as("rar5", "", UNPACK, COMPARE_MTIME | COMPARE_MODE);
}

static void stored_members_are_ranges(void **state)
{
    (void)state;
    static const char *const formats[] = {"rar", "rar5"};
    for (size_t i = 0; i < 2; i++) {
        sample_t       sample = sample_build(formats[i], "");
        extraction_t   e      = extraction_of(formats[i], sample_span(&sample));
        const entry_t *tool   = tree_entry(&e.tree, "bin/tool");
        assert_non_null(tool);
        assert_int_equal(tool->at_length, tool->size);
        assert_memory_equal(sample.at + tool->at_offset, tool->content, tool->size);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void encrypted_members_are_listed_without_content(void **state)
{
    (void)state;
    static const char *const formats[] = {"rar", "rar5"};
    for (size_t i = 0; i < 2; i++) {
        sample_t       sample = sample_build(formats[i], "encrypted");
        extraction_t   e      = extraction_of(formats[i], sample_span(&sample));
        const entry_t *secret = tree_entry(&e.tree, "etc/secret");
        assert_non_null(secret);
        assert_int_equal(secret->size, 0);
        assert_true(secret->damaged);
        assert_true(said(&e.damage, "encrypted"));
        assert_false(tree_entry(&e.tree, "bin/tool")->damaged);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void encrypted_headers_are_said(void **state)
{
    (void)state;
    static const char *const formats[] = {"rar", "rar5"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build(formats[i], "headers");
        extraction_t e      = extraction_of(formats[i], sample_span(&sample));
        assert_int_equal(e.tree.count, 0);
        assert_true(said(&e.damage, "names included"));
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_cut_rar_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    assert_cuts_keep_members("rar", "", 40);
    assert_cuts_keep_members("rar5", "", 40);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_generations_yield_what_7z_unpacks),
        cmocka_unit_test(stored_members_are_ranges),
        cmocka_unit_test(encrypted_members_are_listed_without_content),
        cmocka_unit_test(encrypted_headers_are_said),
        cmocka_unit_test(a_cut_rar_yields_what_stands_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
