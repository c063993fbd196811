/* Oracles: fsck.cramfs --extract; 7z for the other byte order; and the tree that the image was made from for what neither
 * reads: holes, the first version, extended pointers, other sizes of blocks. The format holds no times, groups of eight bits, and
 * shares equal contents instead of links. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* names is left out: cramfs holds no names of 255 bytes. */
typedef enum { TREE, FSCK, SEVEN_ZIP } oracle_t;
static const struct { const char *variant, *tree; oracle_t oracle; } cases[] = {
    {"small", "small", FSCK}, {"small -p", "small", FSCK}, {"big", "big", FSCK}, {"deep", "deep", FSCK}, {"one", "one", FSCK},
    {"empty", "empty", TREE},
    {"plain -z", "plain", SEVEN_ZIP}, {"swap plain", "plain", SEVEN_ZIP}, {"sparse -z", "sparse", TREE}, {"small -z", "small", TREE},
    {"swap small", "small", TREE},
    {"sparse -z -N big", "sparse", TREE}, {"small -N big", "small", TREE}, {"small -b 8192", "small", TREE}, {"big -b 65536", "big", TREE},
    {"v1 small", "small", TREE},
    {"pointers small", "small", TREE}, {"pointers big", "big", TREE},
};

static void every_variant_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char root[1024];
        tree_directory(cases[i].tree, root);
        sample_t sample   = sample_build("cramfs", cases[i].variant);
        tree_t   tree     = tree_of_directory(root);
        bool     owners   = geteuid() == 0; /* else the builder's fakeroot has other owners and devices than the tree here */
        unsigned compare  = COMPARE_MODE | (owners ? COMPARE_OWNER | COMPARE_DEVICES : 0);
        print_message("%s: %zu entries\n", cases[i].variant, tree.count);
        for (size_t n = 0; n < tree.count; n++)
            tree.entries[n].gid &= 0xFF;
        assert_opens_to("cramfs", sample_span(&sample), &tree, compare, 1000000);
        tree_free(&tree);
        if (cases[i].oracle == SEVEN_ZIP) {
            tree = tree_of_command(sample.path, "7z x -y \"$1\" > /dev/null");
            assert_opens_to("cramfs", sample_span(&sample), &tree, 0, 1000000);
            tree_free(&tree);
        }
        if (cases[i].oracle == FSCK && owners) {
            tree = tree_of_command(sample.path, "/sbin/fsck.cramfs --extract=tree \"$1\" && cd tree && find . -mindepth 1 -maxdepth 1 -exec mv {} .. \\; && cd .. && rmdir tree");
            assert_opens_to("cramfs", sample_span(&sample), &tree, compare, 1000000);
            tree_free(&tree);
        }
        sample_free(&sample);
    }
}

static void facts_are_told(void **state)
{
    (void)state;
    static const struct { const char *variant, *key, *value; } facts[] = {
        {"small", "cramfs.name", "sample"}, {"small", "cramfs.edition", "7"}, {"small", "cramfs.version", "2"}, {"v1 small", "cramfs.version", "1"},
        {"swap small", "cramfs.byte_order", "big-endian"}, {"small -b 8192", "cramfs.block_size", "8192"}, {"small", "cramfs.compression", "zlib"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        sample_t     sample = sample_build("cramfs", facts[i].variant);
        extraction_t e      = extraction_of("cramfs", sample_span(&sample));
        assert_non_null(extraction_fact(&e, facts[i].key));
        assert_string_equal(extraction_fact(&e, facts[i].key), facts[i].value);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    static const char *const cut[] = {"small", "swap small", "v1 small", "pointers small"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        sample_t sample = sample_build("cramfs", cut[i]);
        assert_cuts_are_told("cramfs", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_block_spoils_the_files_that_share_it(void **state)
{
    (void)state;
    sample_t       sample = sample_build("cramfs", "small");
    extraction_t   e      = extraction_of("cramfs", sample_span(&sample));
    const entry_t *tool   = tree_entry(&e.tree, "bin/tool");
    assert_non_null(tool);
    assert_flip_spoils_at_most("cramfs", sample_span(&sample), tool->at_offset + tool->at_length / 2, 16, 1, false);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_directory_inside_itself_is_not_entered_again(void **state)
{
    (void)state;
    sample_t sample = sample_build("cramfs", "small");
    uint64_t at     = 76;
    for (uint64_t end = 0; end == 0;) { /* the first directory of the root gets the root's own entries */
        reader_t r = reader_at(sample_span(&sample), at);
        uint32_t a = read_le32(&r), b = read_le32(&r), c = read_le32(&r);
        if ((a & 0170000) == 0040000) {
            reader_t root = reader_at(sample_span(&sample), 68);
            uint32_t size = read_le32(&root), where = read_le32(&root);
            size          = (b & 0xFF000000) | (size & 0xFFFFFF);
            where         = (c & 63) | (where & ~UINT32_C(63));
            memcpy(sample.at + at + 4, &size, 4);
            memcpy(sample.at + at + 8, &where, 4);
            end = 1;
        }
        at += 12 + 4 * (c & 63);
    }
    extraction_t e = extraction_of("cramfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0 && e.tree.count < 100);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(a_flipped_block_spoils_the_files_that_share_it),
        cmocka_unit_test(a_directory_inside_itself_is_not_entered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
