#include "support/archive_oracle.h"

static void every_record_is_a_child_also_those_that_describe(void **state)
{
    (void)state;
    sample_t     sample = sample_build("warc", "");
    extraction_t e      = extraction_of("warc", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 3);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.extent, sample.size);
    const entry_t *motd = tree_entry(&e.tree, "etc/motd");
    assert_non_null(motd);
    assert_memory_equal(motd->content, "hello\n", 6);
    assert_int_equal(motd->mtime, 1700000000);
    assert_non_null(tree_entry(&e.tree, "example.org/index.html"));
    assert_non_null(tree_entry(&e.tree, "0.warcinfo"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_warc_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    assert_cuts_keep_members("warc", "", 37); /* none of them falls between two records, which nobody could tell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_a_child_also_those_that_describe),
        cmocka_unit_test(a_cut_warc_yields_what_stands_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
