/* Oracle: the directory that mkfs.jffs2 was given (no other reader of JFFS2 in Debian can be trusted), and jffs2dump for the number of
 * nodes. What mkfs.jffs2 never writes (deletions, updates, lzma, rubin) is built from the published layout, and what it should hold
 * is written down here. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *kind, *options; unsigned compare; } variants[] = {
    {"small", "-l", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME},
    {"small", "-b", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME},
    {"small", "-l -X zlib", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME},
    {"small", "-l -x zlib -X lzo -y 80:lzo", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-b -x zlib -x lzo -X rtime", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-l -m none", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-b -m size", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-l -n", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-l -p", COMPARE_MODE | COMPARE_MTIME},
    {"small", "-l -s 0x10000 -e 0x40000", COMPARE_MODE | COMPARE_MTIME},
    {"xattrs", "-l --with-xattr", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS},
    {"xattrs", "-b --with-xattr", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS},
    {"names", "-l", COMPARE_MODE | COMPARE_MTIME},
    {"deep", "-l", COMPARE_MODE | COMPARE_MTIME},
    {"sparse", "-b", COMPARE_MODE | COMPARE_MTIME},
    {"big", "-l", COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME},
    {"one", "-b", COMPARE_MODE | COMPARE_MTIME},
};

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char directory[1024], arguments[256];
        tree_directory(variants[i].kind, directory);
        (void)snprintf(arguments, sizeof arguments, "--tree %s %s", variants[i].kind, variants[i].options);
        sample_t sample = sample_build("jffs2", arguments);
        tree_t   tree   = tree_of_directory(directory);
        print_message("%s\n", arguments);
        assert_opens_to("jffs2", sample_span(&sample), &tree, variants[i].compare, 1000000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

/* mkfs.jffs2 writes minors above 255 wrongly, so the whole tree cannot be compared by devices. */
static void device_numbers_are_read_in_either_byte_order(void **state)
{
    (void)state;
    static const char *const orders[] = {"--tree small -l", "--tree small -b"};
    for (size_t i = 0; i < 2; i++) {
        sample_t       sample = sample_build("jffs2", orders[i]);
        extraction_t   e      = extraction_of("jffs2", sample_span(&sample));
        const entry_t *null = tree_entry(&e.tree, "dev/null"), *block = tree_entry(&e.tree, "dev/mtdblock0");
        assert_true(null != NULL && null->type == CHILD_CHAR_DEVICE && null->device_major == 1 && null->device_minor == 3);
        assert_true(block != NULL && block->type == CHILD_BLOCK_DEVICE && block->device_major == 31 && block->device_minor == 0);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void it_counts_the_nodes_that_jffs2dump_counts(void **state)
{
    (void)state;
    sample_t     sample = sample_build("jffs2", "--tree xattrs -l --with-xattr");
    extraction_t e      = extraction_of("jffs2", sample_span(&sample));
    char         nodes[64];
    (void)snprintf(nodes, sizeof nodes, "%s", extraction_fact(&e, "jffs2.nodes"));
    /* It does not show the one cleanmarker of the one erase block. */
    run("test $(($(jffs2dump -c -l '%s' | grep -c ' node at ') + 1)) = %s", sample.path, nodes);
    extraction_free(&e);
    sample_free(&sample);
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

static void assert_content(const extraction_t *e, const char *path, const char *content)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("%s is missing", path);
    if (entry->size != strlen(content) || memcmp(entry->content, content, entry->size) != 0)
        fail_msg("%s holds \"%.*s\"", path, (int)entry->size, (const char *)entry->content);
}

static void compressions_that_mkfs_does_not_know_are_decoded(void **state)
{
    (void)state;
    static const char *const names[] = {"lzma", "rubinmips", "dynrubin", "swapped-dynrubin"};
    char   text[16384];
    size_t used = 0;
    for (int i = 0; i < 200; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "line %d of a text that compresses well\n", i);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char arguments[64];
        (void)snprintf(arguments, sizeof arguments, "--log %s", names[i]);
        sample_t     sample = sample_build("jffs2", arguments);
        extraction_t e      = extraction_of("jffs2", sample_span(&sample));
        assert_int_equal(e.damage.count, 0);
        assert_content(&e, "text", text);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static extraction_t laboratory(const char *arguments)
{
    limits_t limits = limits_default();
    limits.deleted  = true;
    sample_t     sample = sample_build("jffs2", arguments);
    extraction_t e      = extraction_with("jffs2", sample_span(&sample), &limits);
    sample_free(&sample);
    assert_true(status_ok(e.status));
    return e;
}

static void only_the_latest_version_of_each_file_is_live(void **state)
{
    (void)state;
    static const char *const orders[] = {"--log history", "--log history-big"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("jffs2", orders[i]);
        extraction_t e      = extraction_of("jffs2", sample_span(&sample));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, 1 + 4);
        assert_content(&e, "changed", "third\n");
        assert_content(&e, "new-name", "renamed\n");
        assert_content(&e, "again", "two\n");
        const entry_t *holes = tree_entry(&e.tree, "holes");
        assert_non_null(holes);
        assert_int_equal(holes->size, 70010);
        assert_memory_equal(holes->content + 70000, "after HOLE", 10);
        assert_int_equal(explained_with_padding_ppm("jffs2", sample_span(&sample)), 1000000);
        assert_string_equal(extraction_fact(&e, "jffs2.obsolete-nodes"), "2");
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void the_laboratory_sees_what_is_deleted_and_superseded(void **state)
{
    (void)state;
    extraction_t e = laboratory("--log history");
    assert_content(&e, "changed", "third\n");
    assert_content(&e, "[deleted]/directory-gone/inside", "inside\n");
    assert_content(&e, "[deleted]/marked-obsolete", "obsolete\n");
    assert_content(&e, "[deleted]/inode-17", "nameless\n");
    assert_content(&e, "[deleted]/again", "one\n");
    assert_null(tree_entry(&e.tree, "[deleted]/old-name"));
    const entry_t *deleted = tree_entry(&e.tree, "[deleted]/deleted");
    assert_non_null(deleted);
    assert_true(deleted->size > 7000 && memcmp(deleted->content, "line 0 of", 9) == 0);
    assert_non_null(tree_entry(&e.tree, "[deleted]/directory-gone"));
    size_t versions = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        versions += strncmp(e.tree.entries[i].path, "[deleted]/changed@version-", 26) == 0;
    assert_int_equal(versions, 2);
    assert_content(&e, "[deleted]/changed@version-2", "first\n");
    assert_content(&e, "[deleted]/changed@version-4", "second, and longer\n");
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
}

static void nodes_of_the_old_magic_are_recognised_and_said_to_be_closed(void **state)
{
    (void)state;
    sample_t     sample = sample_build("jffs2", "--log old");
    extraction_t e      = extraction_of("jffs2", sample_span(&sample));
    assert_true(e.bits >= 64 && status_ok(e.status));
    assert_int_equal(e.tree.count, 0);
    assert_int_equal(e.limits.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void loops_end_and_inventions_are_told(void **state)
{
    (void)state;
    extraction_t e = laboratory("--log loops");
    assert_non_null(tree_entry(&e.tree, "a/b/back"));
    assert_true(tree_entry(&e.tree, "a/b/back")->damaged);
    assert_content(&e, "..%252F..%252Fetc%252Fpasswd", "path\n");
    assert_non_null(tree_entry(&e.tree, "huge"));
    assert_true(e.limits.count > 0);
    const entry_t *combed = tree_entry(&e.tree, "combed"), *lost = tree_entry(&e.tree, "no-inode");
    assert_true(combed != NULL && combed->size == 1 << 18 && combed->content[0] == 'c' && combed->content[1] == 'B' && combed->content[40] == 'c');
    assert_true(lost != NULL && lost->damaged);
    size_t found = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        found += strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0;
    assert_true(found >= 2 && found < 10 && e.tree.count < 40);
    extraction_free(&e);
}

static void cut_images_say_what_they_lost(void **state)
{
    (void)state;
    static const char *const kinds[] = {"--tree small -l", "--tree big -l"};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build("jffs2", kinds[i]);
        assert_cuts_are_told("jffs2", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_byte_spoils_one_entry_and_is_reported(void **state)
{
    (void)state;
    sample_t sample = sample_build("jffs2", "--tree plain -l");
    for (size_t at = 64; at + 1 < sample.size; at += sample.size / 41) {
        extraction_t e       = extraction_of("jffs2", sample_span(&sample));
        bool         outside = at >= e.end;
        extraction_free(&e);
        if (outside)
            break;
        /* The header of a directory may be hit: what it holds is then found below lost+found. */
        if (sample.at[at] != 0xFF)
            assert_flip_spoils_at_most("jffs2", sample_span(&sample), at, 1, 30, false);
    }
    sample_free(&sample);
}

static void what_has_lost_its_name_is_found_again(void **state)
{
    (void)state;
    sample_t       sample = sample_build("jffs2", "--tree small -l");
    const uint8_t *name   = memmem(sample.at, sample.size, "etc", 3);
    assert_non_null(name);
    sample.at[name - sample.at] ^= 1;
    extraction_t e = extraction_of("jffs2", sample_span(&sample));
    bool         found = false;
    for (size_t i = 0; i < e.tree.count; i++)
        found = found || (strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0 && strstr(e.tree.entries[i].path, "/init.d/rcS") != NULL);
    assert_true(found);
    assert_null(tree_entry(&e.tree, "etc/passwd"));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(device_numbers_are_read_in_either_byte_order),
        cmocka_unit_test(it_counts_the_nodes_that_jffs2dump_counts),
        cmocka_unit_test(erased_flash_and_a_summary_are_no_damage),
        cmocka_unit_test(compressions_that_mkfs_does_not_know_are_decoded),
        cmocka_unit_test(only_the_latest_version_of_each_file_is_live),
        cmocka_unit_test(the_laboratory_sees_what_is_deleted_and_superseded),
        cmocka_unit_test(nodes_of_the_old_magic_are_recognised_and_said_to_be_closed),
        cmocka_unit_test(loops_end_and_inventions_are_told),
        cmocka_unit_test(cut_images_say_what_they_lost),
        cmocka_unit_test(a_flipped_byte_spoils_one_entry_and_is_reported),
        cmocka_unit_test(what_has_lost_its_name_is_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
