/* Oracle: unsquashfs, which knows nothing of ours. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const variants[] = {
    "small", "small -comp lzma", "small -comp xz", "small -comp lzo", "small -comp lz4", "small -comp zstd", "small -no-fragments", "small -always-use-fragments",
    "small -noI -noD -noF -noX", "small -b 4096", "small -b 1M -comp xz -Xbcj arm,armthumb", "small -nopad", "small -no-exports", "xattrs", "xattrs -comp zstd", "names",
    "deep", "sparse", "sparse -comp lz4 -always-use-fragments", "big", "big -comp zstd -b 65536", "empty", "one",
};

/* What unsquashfs makes of it. Only root may make devices and set owners, so others leave these out. */
static tree_t oracle(const char *image, const char *directory)
{
    run("rm -rf '%s/oracle' && unsquashfs -no-progress -d '%s/oracle' '%s' > '%s/oracle.log' 2>&1 || [ \"$(id -u)\" != 0 ]", directory, directory, image, directory);
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/oracle", directory);
    return tree_of_directory(path);
}

static void every_variant_opens_to_what_unsquashfs_makes_of_it(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* devices and owners need root: tools/check runs as root */
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t     sample = sample_build("squashfs", variants[i]);
        extraction_t e      = extraction_of("squashfs", sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count != 0 || e.limits.count != 0)
            fail_msg("%s: %s", variants[i], e.damage.count > 0 ? e.damage.sayings[0].what : e.limits.count > 0 ? e.limits.sayings[0].what : "did not open");
        tree_t tree = oracle(sample.path, directory);
        print_message("%s: %zu entries\n", variants[i], tree.count);
        assert_same_tree(&e.tree, &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES | COMPARE_XATTRS);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_int_equal(e.extent, sample.size);
        tree_free(&tree);
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void facts_say_what_the_superblock_says(void **state)
{
    (void)state;
    sample_t     sample = sample_build("squashfs", "small -comp xz");
    extraction_t e      = extraction_of("squashfs", sample_span(&sample));
    assert_non_null(extraction_fact(&e, "squashfs.compression"));
    assert_string_equal(extraction_fact(&e, "squashfs.compression"), "xz");
    extraction_free(&e);
    sample_free(&sample);
}

/* Vendors write an id that is not the codec that they use. */
static void a_wrong_compressor_id_is_found_out_by_content(void **state)
{
    (void)state;
    static const struct { const char *variant; uint8_t id; } cases[] = {{"small -comp xz", 1}, {"small", 4}, {"small -comp lzma", 1}, {"small -comp zstd", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("squashfs", cases[i].variant);
        extraction_t right  = extraction_of("squashfs", sample_span(&sample));
        sample.at[20]       = cases[i].id; /* superblock: compression id */
        extraction_t e      = extraction_of("squashfs", sample_span(&sample));
        if (!status_ok(e.status) || e.tree.count != right.tree.count)
            fail_msg("%s as %u: %zu entries", cases[i].variant, cases[i].id, e.tree.count);
        assert_same_tree(&e.tree, &right.tree, COMPARE_MODE);
        assert_true(e.notes.count + e.damage.count > 0);
        extraction_free(&e);
        extraction_free(&right);
        sample_free(&sample);
    }
}

static void a_flipped_data_block_spoils_one_file_and_no_other(void **state)
{
    (void)state;
    sample_t     sample = sample_build("squashfs", "big");
    extraction_t whole  = extraction_of("squashfs", sample_span(&sample));
    const entry_t *victim = tree_entry(&whole.tree, "text");
    assert_non_null(victim);
    memset(sample.at + victim->at_offset + 100, 0x55, 64);
    extraction_t e = extraction_of("squashfs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, whole.tree.count);
    size_t changed = 0;
    for (size_t i = 0; i < e.tree.count; i++) {
        bool same = sha256_equal(&e.tree.entries[i].sha256, &whole.tree.entries[i].sha256);
        assert_true(same || e.tree.entries[i].damaged);
        changed += !same;
    }
    assert_int_equal(changed, 1);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    static const size_t percent[] = {20, 50, 80, 99};
    sample_t            sample    = sample_build("squashfs", "");
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        reader_t     r         = reader_at(sample_span(&sample), 40);
        uint64_t     used      = read_le64(&r); /* superblock: bytes used; what follows is padding */
        extraction_t e         = extraction_of("squashfs", span_from(sample.at, (size_t)used * percent[i] / 100));
        assert_true(status_ok(e.status));
        assert_true(e.damage.count > 0);
        extraction_free(&e);
    }
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_unsquashfs_makes_of_it),
        cmocka_unit_test(facts_say_what_the_superblock_says),
        cmocka_unit_test(a_wrong_compressor_id_is_found_out_by_content),
        cmocka_unit_test(a_flipped_data_block_spoils_one_file_and_no_other),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
