/* Oracle: the directory that mkfs.jffs2 was given. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const variants[] = {"-l", "-b", "-l -X zlib", "-l -x zlib -X lzo -y 80:lzo", "-l -x zlib -x lzo -X rtime", "-l -m none", "-b -m size", "-l -n", "-l -p"};

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char directory[1024], path[1200];
        scratch_make(directory);
        run("sh '%s/corpus/samples/jffs2.sh' '%s/image' '%s/tree' %s", getenv("ASSAY_SOURCE"), directory, directory, variants[i]);
        (void)snprintf(path, sizeof path, "%s/image", directory);
        sample_t     sample = sample_read(path);
        extraction_t e      = extraction_of("jffs2", sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count != 0)
            fail_msg("%s: %s", variants[i], e.damage.count > 0 ? e.damage.sayings[0].what : "did not open");
        (void)snprintf(path, sizeof path, "%s/tree", directory);
        tree_t tree = tree_of_directory(path);
        assert_same_tree(&e.tree, &tree, COMPARE_MODE | COMPARE_MTIME);
        assert_true(e.extent <= sample.size && e.extent + 0x10000 >= sample.size);
        tree_free(&tree);
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void erased_flash_and_a_summary_are_no_damage(void **state)
{
    (void)state;
    char directory[1024], path[1200];
    scratch_make(directory);
    run("sh '%s/corpus/samples/jffs2.sh' '%s/image' '%s/tree' -l && sumtool -i '%s/image' -o '%s/summed' -e 0x10000 -p", getenv("ASSAY_SOURCE"), directory, directory,
        directory, directory);
    (void)snprintf(path, sizeof path, "%s/summed", directory);
    sample_t     sample = sample_read(path);
    extraction_t e      = extraction_of("jffs2", sample_span(&sample));
    (void)snprintf(path, sizeof path, "%s/tree", directory);
    tree_t tree = tree_of_directory(path);
    assert_same_tree(&e.tree, &tree, COMPARE_MODE);
    assert_int_equal(e.damage.count, 0);
    tree_free(&tree);
    extraction_free(&e);
    sample_free(&sample);
    scratch_remove(directory);
}

static void a_flipped_byte_spoils_one_node_and_is_reported(void **state)
{
    (void)state;
    sample_t     sample = sample_build("jffs2", "");
    extraction_t whole  = extraction_of("jffs2", sample_span(&sample));
    sample.at[sample.size / 2] ^= 0x40;
    extraction_t e = extraction_of("jffs2", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    assert_true(e.tree.count + 1 >= whole.tree.count);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_image_still_yields_the_files_before_the_cut(void **state)
{
    (void)state;
    sample_t     sample = sample_build("jffs2", "");
    extraction_t e      = extraction_of("jffs2", span_from(sample.at, sample.size * 4 / 5));
    assert_true(status_ok(e.status));
    assert_true(e.tree.count > 3);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(erased_flash_and_a_summary_are_no_damage),
        cmocka_unit_test(a_flipped_byte_spoils_one_node_and_is_reported),
        cmocka_unit_test(a_cut_image_still_yields_the_files_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
