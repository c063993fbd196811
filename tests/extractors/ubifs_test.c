/* UBIFS. No program in Debian opens such an image, and this machine's kernel has neither nandsim nor ubi to mount one, so the oracle is
 * the tree that mkfs.ubifs was given, compared in full: owners, modes, times, devices, attributes. What mkfs.ubifs never writes (a journal,
 * orphans, truncations) is written by the builder by the rules of Linux (fs/ubifs/journal.c, replay.c), and the test knows what must
 * come of it. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = 1000000, EVERYTHING = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES };

static bool said(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static void assert_text(const extraction_t *e, const char *path, const char *text)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("there is no %s", path);
    if (entry->size != strlen(text) || memcmp(entry->content, text, entry->size) != 0)
        fail_msg("%s: other content", path);
}

/* The tree that the kinds of samples are made from. */
static tree_t tree_of_kind(const char *kind)
{
    char directory[1024];
    tree_directory(kind, directory);
    return tree_of_directory(directory);
}

static void assert_sample(const char *kind, const char *options)
{
    char arguments[256];
    (void)snprintf(arguments, sizeof arguments, "%s %s", kind, options);
    tree_t   expected = tree_of_kind(kind);
    sample_t sample   = sample_build("ubifs", arguments);
    print_message("%s\n", arguments);
    /* With pages of 8 bytes, mkfs.ubifs leaves 28 bytes behind the superblock that are neither a node nor filling. */
    assert_opens_to("ubifs", sample_span(&sample), &expected, EVERYTHING, strstr(options, "-m 8 ") != NULL ? 999900 : ALL);
    sample_free(&sample);
    tree_free(&expected);
}

static void all_trees_open_to_what_they_were_made_from(void **state)
{
    (void)state;
    static const char *const kinds[] = {"small", "xattrs", "names", "deep", "sparse", "big", "empty", "one"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_sample(kinds[i], "");
}

static void all_options_of_the_maker_open(void **state)
{
    (void)state;
    static const char *const options[] = {
        "-x none", "-x zlib", "-x zstd", "-x lzo", "-x favor_lzo", "-k test", "-F", "-R 1MiB", "-m 2048 -e 126976 -c 100", "-m 8 -e 65408",
        "-m 4096 -e 253952 -f 64", "-f 3",
        "-p 3 -l 12", "-m 2048 -e 126976 -c 20000",
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_sample("small", options[i]);
    assert_sample("names", "-k test");
    assert_sample("big", "-x zstd -m 2048 -e 126976");
    assert_sample("sparse", "-x none");
}

static void what_an_examiner_wants_to_know_is_said(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubifs", "small -F -x zlib -k test -R 1MiB");
    extraction_t e      = extraction_of("ubifs", sample_span(&sample));
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_string_equal(extraction_fact(&e, "ubifs.uuid"), "00010203-0405-0607-0809-0a0b0c0d0e0f");
    assert_string_equal(extraction_fact(&e, "ubifs.key-hash"), "test");
    assert_string_equal(extraction_fact(&e, "ubifs.compression"), "zlib");
    assert_non_null(strstr(extraction_fact(&e, "ubifs.flags"), "space-fixup"));
    assert_true(strtoull(extraction_fact(&e, "ubifs.reserved"), NULL, 10) >= 1 << 20); /* mkfs.ubifs rounds up */
    assert_string_equal(extraction_fact(&e, "ubifs.leb-size"), "15360");
    assert_string_equal(extraction_fact(&e, "ubifs.journal"), "0 nodes");
    extraction_free(&e);
    sample_free(&sample);
}

static extraction_t open_state(const char *name, bool lab)
{
    sample_t sample = sample_build("ubifs", name);
    limits_t limits = limits_default();
    limits.deleted  = lab;
    extraction_t e  = extraction_with("ubifs", sample_span(&sample), &limits);
    if (!status_ok(e.status))
        fail_msg("%s does not open", name);
    sample_free(&sample);
    return e;
}

static void the_journal_is_replayed(void **state)
{
    (void)state;
    extraction_t   e     = open_state("journal", false);
    const entry_t *added = tree_entry(&e.tree, "etc/added"), *hole = tree_entry(&e.tree, "lib/hole-then-text");
    assert_int_equal(e.damage.count, 0);
    assert_non_null(added);
    assert_int_equal(added->size, 5000);
    assert_int_equal(added->content[4095], 'a');
    assert_int_equal(added->content[4999], 'b');
    assert_int_equal(added->mode, 0600);
    assert_null(tree_entry(&e.tree, "bin/tool"));
    assert_text(&e, "etc/shadow", "nobody\n");
    assert_null(tree_entry(&e.tree, "etc/passwd"));
    assert_text(&e, "etc/users", "root:x:0:0:root:/root:/bin/sh\n");
    assert_null(tree_entry(&e.tree, "etc/never"));
    assert_int_equal(hole->size, 140016);
    for (size_t i = 8192; i < hole->size; i++)
        assert_int_equal(hole->content[i], 0);
    assert_string_equal(extraction_fact(&e, "ubifs.journal"), "13 nodes");
    extraction_free(&e);
    sample_t sample = sample_build("ubifs", "journal");
    assert_true(explained_with_padding_ppm("ubifs", sample_span(&sample)) == ALL);
    sample_free(&sample);
}

static void lab_mode_shows_what_was_deleted(void **state)
{
    (void)state;
    extraction_t   e     = open_state("journal", true);
    tree_t         small = tree_of_kind("small");
    const entry_t *was   = tree_entry(&small, "bin/tool"), *is = NULL;
    for (size_t i = 0; i < e.tree.count; i++)
        if (strncmp(e.tree.entries[i].path, "[deleted]/", 10) == 0 && strstr(e.tree.entries[i].path, "-tool") != NULL)
            is = &e.tree.entries[i];
    assert_non_null(is);
    assert_true(sha256_equal(&is->sha256, &was->sha256));
    assert_int_equal(is->uid, 1000);
    assert_null(tree_entry(&e.tree, "bin/tool"));
    tree_free(&small);
    extraction_free(&e);
}

static void orphans_are_deleted_and_not_lost(void **state)
{
    (void)state;
    extraction_t e = open_state("orphan", false);
    assert_int_equal(e.damage.count, 0);
    assert_null(tree_entry(&e.tree, "bin/tool"));
    assert_string_equal(extraction_fact(&e, "ubifs.orphans"), "1");
    extraction_free(&e);
}

static void content_that_the_inode_does_not_know_of_yet_is_given(void **state)
{
    (void)state;
    extraction_t e = open_state("mended", false);
    assert_text(&e, "etc/nothing", "written, and the power failed\n");
    extraction_free(&e);
}

/* Everything is there all the same, and the damage is said. */
static void assert_whole_in_spite_of(const char *name, const char *what)
{
    extraction_t e        = open_state(name, false);
    tree_t       expected = tree_of_kind("small");
    if (!said(&e.damage, what))
        fail_msg("%s: nothing says: %s", name, what);
    for (size_t i = 0; i < e.tree.count; i++)
        for (size_t j = i + 1; j < e.tree.count; j++)
            assert_string_not_equal(e.tree.entries[i].path, e.tree.entries[j].path);
    assert_same_tree(&e.tree, &expected, EVERYTHING);
    tree_free(&expected);
    extraction_free(&e);
}

static void a_broken_index_or_superblock_costs_no_file(void **state)
{
    (void)state;
    assert_whole_in_spite_of("bad-index", "the index cannot be read");
    assert_whole_in_spite_of("bad-super", "the superblock does not agree");
    assert_whole_in_spite_of("bad-masters", "the index cannot be read");
    assert_whole_in_spite_of("no-super", "the superblock cannot be read");
    assert_whole_in_spite_of("bad-master", "this copy of the master node");
}

static void a_broken_log_costs_no_node_of_the_journal(void **state)
{
    (void)state;
    extraction_t e = open_state("bad-log", false);
    assert_true(said(&e.damage, "the log cannot be read"));
    assert_null(tree_entry(&e.tree, "etc/passwd"));
    assert_non_null(tree_entry(&e.tree, "etc/shadow"));
    extraction_free(&e);
}

static void a_broken_node_costs_one_file(void **state)
{
    (void)state;
    extraction_t e = open_state("bad-leaf", false);
    tree_t       expected = tree_of_kind("small");
    const entry_t *tool = tree_entry(&e.tree, "bin/tool"), *was = tree_entry(&expected, "bin/tool");
    assert_true(tool->damaged);
    assert_int_equal(tool->size, was->size);
    assert_memory_equal(tool->content, was->content, 4096);
    assert_memory_equal(tool->content + 8192, was->content + 8192, was->size - 8192);
    assert_true(tree_entry(&e.tree, "etc/dangling")->damaged);
    for (size_t i = 0; i < expected.count; i++) {
        const entry_t *is = tree_entry(&e.tree, expected.entries[i].path);
        assert_non_null(is);
        if (is != tool)
            assert_true(sha256_equal(&is->sha256, &expected.entries[i].sha256));
    }
    tree_free(&expected);
    extraction_free(&e);
}

static void a_directory_inside_itself_and_an_impossible_name_are_told(void **state)
{
    (void)state;
    extraction_t e = open_state("loop", false);
    assert_true(said(&e.damage, "inside itself"));
    assert_true(said(&e.damage, "a name that no file can have"));
    extraction_free(&e);
}

static void encrypted_files_are_named_as_such(void **state)
{
    (void)state;
    extraction_t e = open_state("encrypted", false);
    size_t files = 0;
    assert_true(said(&e.limits, "encrypted"));
    for (size_t i = 0; i < e.tree.count; i++)
        files += strstr(e.tree.entries[i].path, "[encrypted]") != NULL && e.tree.entries[i].type == CHILD_FILE && e.tree.entries[i].size > 0;
    assert_true(files >= 5);
    assert_non_null(extraction_fact(&e, "ubifs.encrypted-inodes"));
    sample_t sample = sample_build("ubifs", "encrypted");
    assert_true(explained_with_padding_ppm("ubifs", sample_span(&sample)) == ALL);
    sample_free(&sample);
    extraction_free(&e);
}

static void an_authenticated_file_system_has_longer_branches(void **state)
{
    (void)state;
    sample_t sample   = sample_build("ubifs", "signed");
    tree_t   expected = tree_of_kind("small");
    assert_opens_to("ubifs", sample_span(&sample), &expected, EVERYTHING, ALL);
    extraction_t e = extraction_of("ubifs", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ubifs.flags"), "authentication");
    extraction_free(&e);
    tree_free(&expected);
    sample_free(&sample);
}

static void an_image_before_other_bytes_has_its_own_end(void **state)
{
    (void)state;
    sample_t           sample = sample_build("ubifs", "");
    const extractor_t *ubifs  = extractor_named("ubifs");
    uint8_t           *longer = malloc(sample.size + 100000);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    memset(longer + sample.size, 0x31, 100000);
    assert_true(ubifs->probe(span_from(longer, sample.size + 100000)) >= BITS_ELSEWHERE);
    assert_int_equal(ubifs->extent(span_from(longer, sample.size + 100000)), sample.size);
    free(longer);
    sample_free(&sample);
    sample = sample_build("ubifs", "no-super");
    assert_true(ubifs->probe(sample_span(&sample)) >= BITS_ELSEWHERE);
    assert_int_equal(ubifs->extent(sample_span(&sample)), sample.size);
    sample_free(&sample);
}

static void the_content_of_a_ubi_volume_opens(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubi", "ubifs");
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    const entry_t *rootfs = tree_entry(&e.tree, "rootfs");
    assert_non_null(rootfs);
    tree_t expected = tree_of_kind("small");
    assert_opens_to("ubifs", span_from(rootfs->content, (size_t)rootfs->size), &expected, EVERYTHING, ALL);
    tree_free(&expected);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("ubifs", "");
    assert_cuts_are_told("ubifs", sample_span(&sample), sample.size);
    sample_free(&sample);
    sample = sample_build("ubifs", "big");
    assert_cuts_are_told("ubifs", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static void flips_spoil_one_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubifs", "");
    extraction_t e      = extraction_of("ubifs", sample_span(&sample));
    const entry_t *tool = tree_entry(&e.tree, "bin/small-tool");
    assert_flip_spoils_at_most("ubifs", sample_span(&sample), tool->at_offset + 50, 1, 1, false);
    /* In the superblock, a master node, the index. */
    assert_flip_spoils_at_most("ubifs", sample_span(&sample), 200, 4, 0, false);
    assert_flip_spoils_at_most("ubifs", sample_span(&sample), 15360 + 60, 4, 0, false);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_trees_open_to_what_they_were_made_from),
        cmocka_unit_test(all_options_of_the_maker_open),
        cmocka_unit_test(what_an_examiner_wants_to_know_is_said),
        cmocka_unit_test(the_journal_is_replayed),
        cmocka_unit_test(lab_mode_shows_what_was_deleted),
        cmocka_unit_test(orphans_are_deleted_and_not_lost),
        cmocka_unit_test(content_that_the_inode_does_not_know_of_yet_is_given),
        cmocka_unit_test(a_broken_index_or_superblock_costs_no_file),
        cmocka_unit_test(a_broken_log_costs_no_node_of_the_journal),
        cmocka_unit_test(a_broken_node_costs_one_file),
        cmocka_unit_test(a_directory_inside_itself_and_an_impossible_name_are_told),
        cmocka_unit_test(encrypted_files_are_named_as_such),
        cmocka_unit_test(an_authenticated_file_system_has_longer_branches),
        cmocka_unit_test(an_image_before_other_bytes_has_its_own_end),
        cmocka_unit_test(the_content_of_a_ubi_volume_opens),
        cmocka_unit_test(cuts_are_told),
        cmocka_unit_test(flips_spoil_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
