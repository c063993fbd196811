/* Oracles: the tree that makefs made the image from, with owners, modes, times and devices; and sleuthkit, which sees paths, types and
 * contents (it looks for the superblock of UFS2 only where the BSDs have it, so only at the variants that are "64k"). Extended
 * attributes, and the layouts of 4.2BSD and Solaris, are written by the builder itself, after the published layout. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct { const char *variant, *kind; } variants[] = {
    {"", "small"}, {"64k", "small"}, {"small be 64k", "small"}, {"small ufs1", "small"}, {"small ufs1 be", "small"}, {"small ufs1 old", "small"},
    {"small ufs1 be old", "small"}, {"small ufs1 sun", "small"}, {"small ufs1 be sun", "small"}, {"names ufs1", "names"}, {"names be", "names"}, {"deep", "deep"},
    {"sparse", "sparse"}, {"sparse ufs1 be", "sparse"}, {"big", "big"}, {"big ufs1 be bsize=4096 fsize=512", "big"}, {"big be bsize=16384 fsize=2048", "big"},
    {"big bsize=65536 fsize=8192", "big"}, {"big ufs1 bsize=4096 fsize=4096", "big"}, {"empty", "empty"}, {"one ufs1", "one"},
};

/* The tree as makefs takes it: without sockets. */
static tree_t tree_without_sockets(const char *image, const char *kind)
{
    char command[2048], directory[1024];
    tree_directory(kind, directory);
    (void)snprintf(command, sizeof command, "cp -a '%s/.' . && find . -type s -exec rm {} + && { [ ! -d dev ] || touch -d @1600000000 dev; }", directory);
    return tree_of_command(image, command);
}

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* devices and owners need root: tools/check runs as root */
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("ufs", variants[i].variant);
        tree_t   tree   = tree_without_sockets(sample.path, variants[i].kind);
        print_message("%s: %zu entries\n", variants[i].variant, tree.count);
        assert_opens_to("ufs", sample_span(&sample), &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void sleuthkit_sees_the_same_files(void **state)
{
    (void)state;
    static const char *const seen[] = {"links 64k", "links be 64k", "links ufs1", "links ufs1 be", "sparse ufs1"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        sample_t sample = sample_build("ufs", seen[i]);
        tree_t   tree   = tree_of_command(sample.path,
              "fls -rp \"$1\" | while read -r type number path; do number=${number%:}\n"
                  "case $type in d/d) mkdir -p \"$path\";; r/r) mkdir -p \"$(dirname \"$path\")\"; icat \"$1\" \"$number\" > \"$path\";;\n"
                  "l/l) mkdir -p \"$(dirname \"$path\")\"; ln -s \"$(istat \"$1\" \"$number\" | sed -n 's/^Link Target: *//ip; s/^symbolic link to: *//p')\" \"$path\";; esac; done");
        assert_true(tree.count > 5);
        assert_opens_to("ufs", sample_span(&sample), &tree, 0, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void extended_attributes_are_read(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ufs", "one xattrs be");
    extraction_t e      = extraction_of("ufs", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    const entry_t *one = tree_entry(&e.tree, "one");
    assert_non_null(one);
    assert_non_null(one->xattrs);
    assert_string_equal(one->xattrs, "system.posix1e.acl=000102030405060708090a0b0c0d0e0f1011121314151617\nuser.short=76616c7565\n");
    extraction_free(&e);
    sample_free(&sample);
}

static void facts_say_what_the_superblock_says(void **state)
{
    (void)state;
    static const struct { const char *variant, *version, *order, *flavour; } cases[] = {
        {"", "2", "little", "4.4BSD"}, {"small ufs1 be", "1", "big", "4.4BSD"}, {"small ufs1 be sun", "1", "big", "Solaris"}, {"small ufs1 old", "1", "little", "4.2BSD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("ufs", cases[i].variant);
        extraction_t e      = extraction_of("ufs", sample_span(&sample));
        assert_string_equal(extraction_fact(&e, "ufs.version"), cases[i].version);
        assert_string_equal(extraction_fact(&e, "ufs.byte_order"), cases[i].order);
        assert_string_equal(extraction_fact(&e, "ufs.flavour"), cases[i].flavour);
        assert_string_equal(extraction_fact(&e, "ufs.written"), "1600000000");
        assert_int_equal(e.extent, sample.size);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_lost_superblock_is_replaced_by_its_copy(void **state)
{
    (void)state;
    static const struct { const char *variant; size_t at; } cases[] = {{"small ufs1", 8192}, {"64k", 65536}, {"big bsize=65536 fsize=8192", 8192}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("ufs", cases[i].variant);
        extraction_t whole  = extraction_of("ufs", sample_span(&sample));
        memset(sample.at + cases[i].at, 0x55, 1376);
        extraction_t e = extraction_of("ufs", sample_span(&sample));
        assert_true(e.bits > 40 && status_ok(e.status));
        assert_same_tree(&e.tree, &whole.tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME);
        assert_true(e.damage.count > 0);
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    static const char *const cut[] = {"big", "big ufs1 be bsize=4096 fsize=512", "small ufs1"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        sample_t sample = sample_build("ufs", cut[i]);
        assert_cuts_are_told("ufs", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_block_of_data_spoils_one_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ufs", "big");
    extraction_t e      = extraction_of("ufs", sample_span(&sample));
    const entry_t *victim = tree_entry(&e.tree, "noise");
    assert_non_null(victim);
    assert_flip_spoils_at_most("ufs", sample_span(&sample), victim->at_offset + 4096, 64, 1, true); /* data has no checksum */
    extraction_free(&e);
    sample_free(&sample);
}

/* Where the inode of this file of the one-group sample stands: the image is searched for its mode, size and time. */
static size_t inode_of(const sample_t *sample, uint16_t mode, uint64_t size)
{
    for (size_t at = 16384; at + 256 <= sample->size; at += 256) {
        reader_t r = reader_at(sample_span(sample), at);
        uint16_t m = read_le16(&r);
        r          = reader_at(sample_span(sample), at + 16);
        if (m == mode && read_le64(&r) == size)
            return at;
    }
    fail_msg("no inode of mode %o and size %llu", mode, (unsigned long long)size);
    return 0;
}

static void put64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void a_file_that_left_its_directory_is_shown_as_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("ufs", "");
    /* "tool" loses its name: the record's inode becomes 0, as the kernel does for the first of a block; the inode stays. */
    uint8_t *name = memmem(sample.at, sample.size, "\010\004tool", 6);
    assert_non_null(name);
    memset(name - 6, 0, 4);
    extraction_t e = extraction_of("ufs", sample_span(&sample));
    assert_null(tree_entry(&e.tree, "bin/tool"));
    bool shown = false;
    for (size_t i = 0; i < e.tree.count; i++)
        shown = shown || (strncmp(e.tree.entries[i].path, "lost+found/#", 12) == 0 && e.tree.entries[i].size == 9000 && e.tree.entries[i].damaged);
    assert_true(shown);
    extraction_free(&e);
    sample_free(&sample);
}

static void invented_sizes_and_loops_end(void **state)
{
    (void)state;
    sample_t sample = sample_build("ufs", "");
    size_t   at     = inode_of(&sample, 0100000 | 0644, 9000);
    /* A content of exabytes; then pointers of all levels that lead to one block, and back to itself. */
    put64(sample.at + at + 16, UINT64_C(1) << 62);
    extraction_t e = extraction_of("ufs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.limits.count > 0);
    extraction_free(&e);
    reader_t r     = reader_at(sample_span(&sample), at + 112);
    uint64_t block = read_le64(&r);
    for (unsigned level = 0; level < 3; level++)
        put64(sample.at + at + 208 + 8 * level, block);
    for (size_t i = 0; i < 1024; i++)
        put64(sample.at + block * 1024 + 8 * i, block);
    e = extraction_of("ufs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count + e.limits.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_directory_in_itself_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("ufs", "");
    uint8_t *name   = memmem(sample.at, sample.size, "\004\005empty", 7);
    assert_non_null(name);
    memcpy(name - 6, "\002\0\0\0", 4); /* the inode of the root */
    extraction_t e = extraction_of("ufs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    assert_true(tree_entry(&e.tree, "lib/empty")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_broken_record_ends_its_512_bytes_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ufs", "names ufs1");
    extraction_t whole  = extraction_of("ufs", sample_span(&sample));
    uint8_t     *name   = memmem(sample.at, sample.size, "entry-number-300-", 17);
    assert_non_null(name);
    name[-4] = 1; /* the length of the record */
    extraction_t e = extraction_of("ufs", sample_span(&sample));
    assert_true(e.damage.count > 0);
    assert_true(e.tree.count + 12 > whole.tree.count);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(sleuthkit_sees_the_same_files),
        cmocka_unit_test(extended_attributes_are_read),
        cmocka_unit_test(facts_say_what_the_superblock_says),
        cmocka_unit_test(a_lost_superblock_is_replaced_by_its_copy),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
        cmocka_unit_test(a_flipped_block_of_data_spoils_one_file),
        cmocka_unit_test(a_file_that_left_its_directory_is_shown_as_lost),
        cmocka_unit_test(invented_sizes_and_loops_end),
        cmocka_unit_test(a_directory_in_itself_is_told),
        cmocka_unit_test(a_broken_record_ends_its_512_bytes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
