#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

/* 7z leaves the hard link without content and adds the table as a file. */
#define UNPACK "TZ=UTC 7z x -bso0 -bsp0 -bd -snl \"$1\"; rm -f '[TOC].xml' bin/tool-again && cp -p bin/tool bin/tool-again && touch -d @1700000000 bin"

static void every_compression_yields_what_7z_unpacks(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "none", "bzip2"};
    for (size_t i = 0; i < 3; i++)
        assert_unpacks_as("xar", variants[i], UNPACK, COMPARE_MTIME);
}

static void xz_which_7z_does_not_know_yields_the_same(void **state)
{
    (void)state;
    sample_t     gzip = sample_build("xar", ""), xz = sample_build("xar", "xz");
    extraction_t a = extraction_of("xar", sample_span(&gzip)), b = extraction_of("xar", sample_span(&xz));
    assert_int_equal(b.damage.count, 0);
    assert_same_tree(&b.tree, &a.tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME);
    extraction_free(&a);
    extraction_free(&b);
    sample_free(&gzip);
    sample_free(&xz);
}

static void modes_and_owners_are_kept(void **state)
{
    (void)state;
    sample_t       sample = sample_build("xar", "");
    extraction_t   e      = extraction_of("xar", sample_span(&sample));
    const entry_t *passwd = tree_entry(&e.tree, "etc/passwd");
    assert_non_null(passwd);
    assert_int_equal(passwd->mode, 0600);
    assert_true(passwd->has_owner && passwd->uid == 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void tables_that_no_xar_has_are_refused(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xar", "entity");
    extraction_t e      = extraction_of("xar", sample_span(&sample));
    assert_true(said(&e.damage, "document type"));
    assert_int_equal(e.tree.count, 0);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("xar", "two-types");
    e      = extraction_of("xar", sample_span(&sample));
    assert_true(said(&e.damage, "two types"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_xar_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    assert_cuts_keep_members("xar", "", 40);
    assert_cuts_keep_members("xar", "none", 40);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_compression_yields_what_7z_unpacks),
        cmocka_unit_test(xz_which_7z_does_not_know_yields_the_same),
        cmocka_unit_test(modes_and_owners_are_kept),
        cmocka_unit_test(tables_that_no_xar_has_are_refused),
        cmocka_unit_test(a_cut_xar_yields_what_stands_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
