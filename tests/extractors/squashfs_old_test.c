/* squashfs 1.x to 3.x, 4.0 big-endian, and LZMA as vendors write it. The images come from a builder of our own
 * (corpus/samples/squashfs_old.sh), so every one is held against the tree that it was made from, and against a program that knows nothing
 * of ours where there is one: unsquashfs for zlib up to 3.x and for 4.0 little-endian, of which the big-endian one is the same build in
 * the other byte order; 7-Zip for contents in LZMA with its whole header. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BY_TREE = 0, BY_UNSQUASHFS = 1, BY_7ZIP = 2, EVERYTHING = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES };

static const struct { const char *args, *tree; int oracle; } variants[] = {
    {"version=1.0", "small", BY_UNSQUASHFS},
    {"version=1.0 endian=be", "small", BY_UNSQUASHFS},
    {"version=2.0", "small", BY_UNSQUASHFS},
    {"version=2.0 endian=be", "small", BY_UNSQUASHFS},
    {"version=2.1", "small", BY_UNSQUASHFS},
    {"version=2.1 endian=be", "small", BY_UNSQUASHFS},
    {"version=3.0", "small", BY_UNSQUASHFS},
    {"version=3.0 endian=be", "small", BY_UNSQUASHFS},
    {"version=3.1", "small", BY_UNSQUASHFS},
    {"version=3.1 endian=be", "small", BY_UNSQUASHFS},
    {"version=4.0", "small", BY_UNSQUASHFS},
    {"version=4.0 endian=be", "small", BY_TREE},
    {"version=4.0 endian=be sizes=le codec=xz", "small", BY_TREE},
    {"version=1.0 tree=names", "names", BY_UNSQUASHFS},
    {"version=2.1 endian=be tree=names", "names", BY_UNSQUASHFS},
    {"version=2.1 tree=names", "names", BY_UNSQUASHFS},
    {"version=3.1 tree=names", "names", BY_UNSQUASHFS},
    {"version=3.1 endian=be tree=names", "names", BY_UNSQUASHFS},
    {"version=4.0 tree=names", "names", BY_UNSQUASHFS},
    {"version=4.0 endian=be tree=names", "names", BY_TREE},
    {"version=1.0 endian=be tree=big block=4096", "big", BY_UNSQUASHFS},
    {"version=2.1 tree=big tails=always", "big", BY_UNSQUASHFS},
    {"version=3.1 endian=be tree=big tails=always block=131072", "big", BY_UNSQUASHFS},
    {"version=3.1 tree=big tails=none block=4096", "big", BY_UNSQUASHFS},
    {"version=3.1 tree=sparse", "sparse", BY_UNSQUASHFS},
    {"version=3.1 endian=be tree=sparse tails=always", "sparse", BY_UNSQUASHFS},
    {"version=3.1 tree=deep", "deep", BY_UNSQUASHFS},
    {"version=2.0 tree=empty", "empty", BY_UNSQUASHFS},
    {"version=3.1 endian=be tree=one", "one", BY_UNSQUASHFS},
    {"version=1.0 owners=many", NULL, BY_UNSQUASHFS},
    {"version=1.0 endian=be owners=many", NULL, BY_UNSQUASHFS},
    {"version=3.1 endian=be owners=many", NULL, BY_UNSQUASHFS},
    {"version=2.1 check=yes", "small", BY_UNSQUASHFS},
    {"version=3.1 endian=be check=yes", "small", BY_UNSQUASHFS},
    {"version=3.1 codec=lzma magic=shsq", "small", BY_7ZIP},
    {"version=2.1 endian=be codec=lzma magic=qshs", "small", BY_7ZIP},
    {"version=3.1 codec=mixed magic=shsq", "small", BY_7ZIP},
    {"version=3.1 codec=lzma magic=shsq tree=big", "big", BY_7ZIP},
    {"version=1.0 codec=lzma", "small", BY_TREE},
    {"version=3.0 codec=bare", "small", BY_TREE},
    {"version=3.1 codec=raw", "small", BY_TREE},
    {"version=3.0 endian=be codec=raw tree=big tails=always", "big", BY_TREE},
    {"version=2.0 endian=be codec=junk4 magic=tqsh", "small", BY_TREE},
    {"version=3.1 codec=turned magic=sqlz", "small", BY_TREE},
    {"version=3.1 endian=be codec=turned magic=qshs tree=big", "big", BY_TREE},
    {"version=4.0 codec=turned", "small", BY_TREE},
};

/* Up to 3.x a minor device number has 8 bits. */
static tree_t tree_made_from(const char *kind, const char *args)
{
    char directory[1024];
    tree_directory(kind, directory);
    tree_t tree = tree_of_directory(directory);
    for (size_t i = 0; strstr(args, "version=4") == NULL && i < tree.count; i++)
        tree.entries[i].device_minor &= 0xFF;
    return tree;
}

static void must_be_root(void)
{
    if (geteuid() == 0)
        return;
    print_message("devices and owners need root: tools/check runs as root\n");
    skip();
}

/* 7-Zip makes neither devices nor links that leave its directory, so contents are what is compared. */
static void assert_same_contents(const tree_t *got, const tree_t *expected)
{
    size_t compared = 0;
    for (size_t i = 0; i < got->count; i++) {
        if (got->entries[i].type != CHILD_FILE)
            continue;
        const entry_t *other = tree_entry(expected, got->entries[i].path);
        if (other == NULL || !sha256_equal(&other->sha256, &got->entries[i].sha256))
            fail_msg("%s differs from what 7-Zip reads", got->entries[i].path);
        compared++;
    }
    assert_true(compared > 10);
}

static void every_variant_opens_to_its_tree_and_to_what_others_make_of_it(void **state)
{
    (void)state;
    must_be_root();
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("squashfs_old", variants[i].args);
        print_message("%s\n", variants[i].args);
        if (variants[i].tree != NULL) {
            tree_t tree = tree_made_from(variants[i].tree, variants[i].args);
            assert_opens_to("squashfs", sample_span(&sample), &tree, EVERYTHING, 1000000);
            tree_free(&tree);
        }
        if (variants[i].oracle == BY_UNSQUASHFS) {
            tree_t tree = tree_of_command(sample.path, "unsquashfs -q -no-progress -f -d . \"$1\" > /dev/null");
            assert_opens_to("squashfs", sample_span(&sample), &tree, EVERYTHING, 1000000);
            tree_free(&tree);
        } else if (variants[i].oracle == BY_7ZIP) {
            tree_t       tree = tree_of_command(sample.path, "7zz x -bso0 -bsp0 -bse0 \"$1\" || [ $? -le 2 ]");
            extraction_t e    = extraction_of("squashfs", sample_span(&sample));
            assert_same_contents(&e.tree, &tree);
            extraction_free(&e);
            tree_free(&tree);
        }
        sample_free(&sample);
    }
}

static void facts_name_version_byte_order_and_compression(void **state)
{
    (void)state;
    static const struct { const char *args, *version, *order, *compression; } cases[] = {
        {"version=1.0", "1.0", "little", "gzip"},
        {"version=2.1 endian=be", "2.1", "big", "gzip"},
        {"version=3.1 codec=lzma magic=shsq", "3.1", "little", "lzma"},
        {"version=3.1 codec=raw", "3.1", "little", "lzma behind 0 bytes, lc=3 lp=0 pb=2"},
        {"version=2.0 endian=be codec=junk4 magic=tqsh", "2.0", "big", "lzma behind 4 bytes, lc=0 lp=0 pb=2"},
        {"version=3.1 codec=turned magic=sqlz", "3.1", "little", "lzma behind 9 bytes, properties in byte 4"},
        {"version=4.0 endian=be sizes=le codec=xz", "4.0", "big", "xz"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("squashfs_old", cases[i].args);
        extraction_t e      = extraction_of("squashfs", sample_span(&sample));
        assert_string_equal(extraction_fact(&e, "squashfs.version"), cases[i].version);
        assert_string_equal(extraction_fact(&e, "squashfs.byte-order"), cases[i].order);
        assert_string_equal(extraction_fact(&e, "squashfs.compression"), cases[i].compression);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static const char *const versions[] = {"version=1.0", "version=2.0 endian=be", "version=2.1", "version=3.0", "version=3.1 endian=be", "version=4.0 endian=be",
                                       "version=3.1 codec=lzma magic=shsq", "version=3.0 codec=raw", "version=3.1 codec=turned magic=sqlz"};

static uint64_t used_of(const sample_t *sample)
{
    uint64_t used = sample->size;
    while (used > 0 && sample->at[used - 1] == 0)
        used--;
    return used;
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        sample_t sample = sample_build("squashfs_old", versions[i]);
        print_message("%s\n", versions[i]);
        assert_cuts_are_told("squashfs", sample_span(&sample), used_of(&sample));
        sample_free(&sample);
    }
}

/* Without fragments a small file has a block of its own. LZMA has no checksum. */
static void a_flipped_data_block_spoils_one_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        char args[200];
        (void)snprintf(args, sizeof args, "%s tails=none", versions[i]);
        sample_t       sample = sample_build("squashfs_old", args);
        extraction_t   whole  = extraction_of("squashfs", sample_span(&sample));
        const entry_t *victim = tree_entry(&whole.tree, "lib/a.so");
        assert_non_null(victim);
        assert_flip_spoils_at_most("squashfs", sample_span(&sample), victim->at_offset + 60, 8, 1, strstr(args, "codec") != NULL);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545F4914F6CDD1D);
}

/* The registry's test breaks the sample of 4.0; this breaks the others, half of the time in the metadata, which stand at the end. */
static void no_mutation_of_any_version_breaks_the_reader(void **state)
{
    (void)state;
    limits_t limits    = limits_default();
    limits.ratio       = 50;
    limits.ratio_floor = 8 << 20;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        sample_t sample = sample_build("squashfs_old", versions[i]);
        uint64_t seed = 88172645463325252u + i, used = used_of(&sample);
        for (size_t round = 0; round < 250; round++) {
            size_t   size = round % 5 == 4 ? (size_t)(next_random(&seed) % used) + 1 : (size_t)used;
            uint8_t *copy = malloc(size);
            assert_non_null(copy);
            memcpy(copy, sample.at, size);
            for (uint64_t flips = 1 + next_random(&seed) % 8; flips > 0; flips--) {
                uint64_t from = next_random(&seed) % 2 == 0 ? size - min_u64(size, 3000) : next_random(&seed) % 2 == 0 ? 0 : size - min_u64(size, 120);
                copy[from + next_random(&seed) % min_u64(120, size - from)] = (uint8_t)next_random(&seed);
            }
            extraction_t e = extraction_with("squashfs", span_from(copy, size), &limits);
            if (status_ok(e.status) && e.bits > 0)
                assert_true(e.end <= size && e.extent <= size);
            extraction_free(&e);
            free(copy);
        }
        sample_free(&sample);
    }
}

/* One file in the root; metadata stored as they are, so that a byte of them can be set. */
static const struct { const char *args; size_t super, directory_at, entry, file_size; } hostile[] = {
    {"version=2.1 tree=one codec=stored", 63, 24, 2 + 4, 2 + 20},
    {"version=3.1 tree=one codec=stored", 119, 95, 2 + 9, 2 + 28},
};

static uint64_t number_at(const sample_t *sample, size_t at, unsigned bytes)
{
    reader_t r = reader_at(sample_span(sample), at);
    return read_le(&r, bytes);
}

static bool says(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static void a_directory_that_holds_itself_is_not_entered_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        sample_t sample = sample_build("squashfs_old", hostile[i].args);
        uint64_t directory = number_at(&sample, hostile[i].directory_at, hostile[i].super == 63 ? 4 : 8), root = number_at(&sample, 43, 2);
        uint16_t entry     = (uint16_t)(root | 1 << 13); /* offset of the root's inode, type 1: a directory */
        sample.at[directory + hostile[i].entry]     = (uint8_t)entry;
        sample.at[directory + hostile[i].entry + 1] = (uint8_t)(entry >> 8);
        extraction_t e = extraction_of("squashfs", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_true(says(&e.damage, "inside itself"));
        assert_int_equal(e.tree.count, 3); /* the root, itself below it, and the file that now has no name */
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void invented_sizes_are_told_and_cost_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        sample_t sample = sample_build("squashfs_old", hostile[i].args);
        uint64_t inodes = number_at(&sample, hostile[i].directory_at - (hostile[i].super == 63 ? 4 : 8), hostile[i].super == 63 ? 4 : 8);
        memset(sample.at + 4, 0xFF, 4);                              /* the count of inodes */
        memset(sample.at + 0x37, 0xFF, 4);                           /* of fragments */
        memset(sample.at + inodes + hostile[i].file_size, 0xFF, 4);  /* bytes of the file */
        extraction_t e = extraction_of("squashfs", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_true(says(&e.damage, "fragments"));
        const entry_t *file = tree_entry(&e.tree, "one");
        assert_non_null(file);
        assert_true(file->damaged && file->size < sample.size);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void an_unknown_magic_is_accepted_for_what_the_rest_proves(void **state)
{
    (void)state;
    must_be_root();
    static const char *const cases[] = {
        "version=1.0 magic=ABCD", "version=2.1 endian=be magic=VEND", "version=3.1 codec=junk4 magic=1234", "version=4.0 magic=zzzz",
        "version=4.0 endian=be sizes=le codec=xz magic=AVM!",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t sample = sample_build("squashfs_old", cases[i]);
        tree_t   tree   = tree_made_from("small", cases[i]);
        assert_int_equal(extractor_named("squashfs")->probe(sample_span(&sample)), 0);
        assert_opens_to("squashfs_other_magic", sample_span(&sample), &tree, EVERYTHING, 1000000);
        /* Without its root directory nothing proves it. */
        extraction_t cut = extraction_of("squashfs_other_magic", span_from(sample.at, sample.size / 2));
        assert_int_equal(cut.bits, 0);
        extraction_free(&cut);
        tree_free(&tree);
        sample_free(&sample);
    }
    sample_t     sample = sample_build("squashfs_old", "version=3.1");
    extraction_t known  = extraction_of("squashfs_other_magic", sample_span(&sample));
    assert_int_equal(known.bits, 0);
    extraction_free(&known);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_its_tree_and_to_what_others_make_of_it),
        cmocka_unit_test(facts_name_version_byte_order_and_compression),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(a_flipped_data_block_spoils_one_file),
        cmocka_unit_test(no_mutation_of_any_version_breaks_the_reader),
        cmocka_unit_test(a_directory_that_holds_itself_is_not_entered_again),
        cmocka_unit_test(invented_sizes_are_told_and_cost_nothing),
        cmocka_unit_test(an_unknown_magic_is_accepted_for_what_the_rest_proves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
